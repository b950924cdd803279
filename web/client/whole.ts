/** The client with all its parts; the widget takes it in two, for the first one is on every page. */

import { AuditLog } from "./audit.ts";
import { Client as Core, type ClientOptions } from "./client.ts";
import { Files } from "./files.ts";

export class Client extends Core {
  readonly auditLog = new AuditLog(this.calls);
  readonly files = new Files(this.calls);
}

export function createClient(options: ClientOptions): Client {
  return new Client(options);
}
