export {
  completable,
  createMcpHandler,
  isInitializeRequest,
  isJsonContentType,
  isJSONRPCRequest,
  isLegacyRequest,
  McpServer,
  parseJSONRPCMessage,
  ResourceNotFoundError,
  ResourceTemplate,
  SUPPORTED_PROTOCOL_VERSIONS,
} from "npm:@modelcontextprotocol/server@2.4.0";
export type {
  AuthInfo,
  CallToolResult,
  InitializeRequest,
  JSONRPCMessage,
  JSONRPCRequest,
  McpHttpHandler,
  McpServerFactory,
  RequestId,
  Server,
  ServerContext,
  Transport,
} from "npm:@modelcontextprotocol/server@2.4.0";
export { serveStdio } from "npm:@modelcontextprotocol/server@2.4.0/stdio";
