export { default as postgres } from "npm:postgres@3.4.9";
export type { Options, PostgresType, Sql } from "npm:postgres@3.4.9";
