// Loaded only by `init`.
export { parse as parseToml, stringify as stringifyToml, TomlError } from "npm:smol-toml@1.9.1";
