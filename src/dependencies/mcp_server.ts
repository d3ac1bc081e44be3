export {
  createMcpHandler,
  isInitializeRequest,
  isJsonContentType,
  isLegacyRequest,
  McpServer,
  ProtocolError,
  ResourceNotFoundError,
  Server,
  SUPPORTED_PROTOCOL_VERSIONS,
  UriTemplate,
} from "npm:@modelcontextprotocol/server@2.4.0";
export type {
  AuthInfo,
  CallToolResult,
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
