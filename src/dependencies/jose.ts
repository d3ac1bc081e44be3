// Loaded only where an authorization server is configured, with the first token or key.
export * from "npm:jose@6.2.18";
