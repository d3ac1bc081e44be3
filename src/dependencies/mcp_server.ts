export {
  createMcpHandler,
  isInitializeRequest,
  isJsonContentType,
  isJSONRPCRequest,
  isLegacyRequest,
  McpServer,
  parseJSONRPCMessage,
  ProtocolError,
  ResourceNotFoundError,
  Server,
  SUPPORTED_PROTOCOL_VERSIONS,
  UriTemplate,
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
  ServerContext,
  ServerEventBus,
  Transport,
} from "npm:@modelcontextprotocol/server@2.4.0";
export { serveStdio } from "npm:@modelcontextprotocol/server@2.4.0/stdio";
