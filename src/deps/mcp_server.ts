export {
  completable,
  createMcpHandler,
  isInitializeRequest,
  isJsonContentType,
  isLegacyRequest,
  McpServer,
  ProtocolError,
  ProtocolErrorCode,
  ResourceNotFoundError,
  ResourceTemplate,
  WebStandardStreamableHTTPServerTransport,
} from "npm:@modelcontextprotocol/server@2.4.0";
export type {
  AuthInfo,
  CallToolResult,
  EventStore,
  JSONRPCMessage,
  McpRequestContext,
  McpServerFactory,
  RequestId,
  Server,
  ServerContext,
  Transport,
} from "npm:@modelcontextprotocol/server@2.4.0";
export { serveStdio } from "npm:@modelcontextprotocol/server@2.4.0/stdio";
