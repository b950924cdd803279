// The shapes of the HTTP API, made from its description by `make types`; not to be edited by hand.

export type paths = Record<string, never>;
export type webhooks = Record<string, never>;
export interface components {
  schemas: {
    /**
     * ActorOut
     * @description Who acted: a user, a partner's key, the operator, the deployment itself, or somebody who proved nothing.
     */
    ActorOut: {
      /** Id */
      id: string | null;
      /** Kind */
      kind: string;
    };
    /**
     * AgentChange
     * @description What to change; each change is a new version.
     */
    AgentChange: {
      /** Fallback */
      fallback?: string[] | null;
      /** Instructions */
      instructions?: string | null;
      limits?: components["schemas"]["Limits"] | null;
      /** Model */
      model?: string | null;
      /** Name */
      name?: string | null;
      policy?: components["schemas"]["Policy"] | null;
      /** Tools */
      tools?: (components["schemas"]["BuiltinTool"] | components["schemas"]["HttpTool"] | components["schemas"]["LaterTool"])[] | null;
    };
    /**
     * AgentChoice
     * @description An agent that a user may talk to.
     */
    AgentChoice: {
      /**
       * Id
       * Format: uuid
       */
      id: string;
      /** Name */
      name: string;
    };
    /**
     * AgentNew
     * @description An agent to make.
     */
    AgentNew: {
      /**
       * Fallback
       * @description Asked in this order where the model before fails before a word of its answer.
       */
      fallback?: string[];
      /** Instructions */
      instructions: string;
      limits?: components["schemas"]["Limits"];
      /** Model */
      model: string;
      /** Name */
      name: string;
      policy?: components["schemas"]["Policy"];
      /** Tools */
      tools?: (components["schemas"]["BuiltinTool"] | components["schemas"]["HttpTool"] | components["schemas"]["LaterTool"])[];
    };
    /**
     * AgentOut
     * @description An agent with its newest version.
     */
    AgentOut: {
      /**
       * Created At
       * Format: date-time
       */
      created_at: string;
      /** Digest */
      digest: string;
      /** Fallback */
      fallback: string[];
      /**
       * Id
       * Format: uuid
       */
      id: string;
      /** Instructions */
      instructions: string;
      /** Limits */
      limits: {
        [key: string]: unknown;
      };
      /** Model */
      model: string;
      /** Name */
      name: string;
      /** Policy */
      policy: {
        [key: string]: unknown;
      };
      /** Status */
      status: string;
      /** Tools */
      tools: {
        [key: string]: unknown;
      }[];
      /**
       * Updated At
       * Format: date-time
       */
      updated_at: string;
      /** Version */
      version: number;
    };
    /**
     * AguiMessage
     * @description A message as the client claims it. Of the last one, if it is the user's, the text is taken.
     */
    AguiMessage: {
      /** Content */
      content?: unknown;
      /** Id */
      id: string;
      /** Role */
      role: string;
    };
    /**
     * ApiKeyNew
     * @description A key to make; without scopes it may do what its maker may.
     */
    ApiKeyNew: {
      /** Address Ranges */
      address_ranges?: string[];
      /** Expires At */
      expires_at?: string | null;
      /**
       * Kind
       * @default live
       * @enum {string}
       */
      kind: "live" | "test";
      /**
       * Name
       * @default
       */
      name: string;
      /** Scopes */
      scopes?: string[] | null;
    };
    /**
     * ApiKeyOut
     * @description An API key; the key itself is shown once, when it is made.
     */
    ApiKeyOut: {
      /** Address Ranges */
      address_ranges: string[];
      /**
       * Created At
       * Format: date-time
       */
      created_at: string;
      /** Expires At */
      expires_at: string | null;
      /**
       * Id
       * Format: uuid
       */
      id: string;
      /** Kind */
      kind: string;
      /** Last Used At */
      last_used_at: string | null;
      /**
       * Last Used From
       * @description The address, as the keyed hash that the audit log has.
       */
      last_used_from: string | null;
      /** Name */
      name: string;
      /** Revoked At */
      revoked_at: string | null;
      /** Scopes */
      scopes: string[];
      /** Successor Id */
      successor_id: string | null;
      /** Use Count */
      use_count: number;
    };
    /**
     * ApiKeyRotation
     * @description How long the old key goes on beside its successor.
     */
    ApiKeyRotation: {
      /**
       * Overlap Seconds
       * @description Seconds for which the old one goes on.
       * @default 86400
       */
      overlap_seconds: number;
    };
    /**
     * ApiKeyShown
     * @description A key just made: `key` is shown now and never again.
     */
    ApiKeyShown: {
      /** Address Ranges */
      address_ranges: string[];
      /** Expires At */
      expires_at: string | null;
      /**
       * Id
       * Format: uuid
       */
      id: string;
      /** Key */
      key: string;
      /** Name */
      name: string;
      /** Scopes */
      scopes: string[];
    };
    /**
     * Approval
     * @description What a tool part says of its approval.
     */
    Approval: {
      /** Approved */
      approved?: boolean | null;
      /** Id */
      id: string;
    };
    /**
     * ApprovalDecision
     * @description The answer to a question, which names the very arguments that it is about.
     */
    ApprovalDecision: {
      /**
       * Args Sha256
       * @description As it stands in the approval: SHA-256 of the arguments in canonical JSON (RFC 8785).
       */
      args_sha256: string;
      /**
       * Decision
       * @description stop denies and cancels the run; endorse is not available yet.
       * @enum {string}
       */
      decision: "approve" | "deny" | "stop" | "endorse";
    };
    /**
     * ApprovalOut
     * @description A question about one call; everything in it is made from the declaration and the arguments, by our code.
     */
    ApprovalOut: {
      /**
       * Approvers
       * @enum {string}
       */
      approvers: "user" | "admin" | "four_eyes";
      /** Args */
      args: {
        [key: string]: unknown;
      };
      /** Args Sha256 */
      args_sha256: string;
      /** Call Id */
      call_id: string;
      /**
       * Conversation Id
       * Format: uuid
       */
      conversation_id: string;
      /**
       * Created At
       * Format: date-time
       */
      created_at: string;
      /** Decided At */
      decided_at: string | null;
      /** Decided By */
      decided_by: string | null;
      /** Effect */
      effect: string;
      /** Evidence */
      evidence: components["schemas"]["ValueEvidenceOut"][];
      /**
       * Expires At
       * Format: date-time
       */
      expires_at: string;
      /**
       * Id
       * Format: uuid
       */
      id: string;
      /**
       * May Decide
       * @description Whether this caller may answer it now.
       */
      may_decide: boolean;
      /**
       * Reason
       * @enum {string}
       */
      reason: "policy" | "always" | "interrupted";
      /**
       * Run Id
       * Format: uuid
       */
      run_id: string;
      /**
       * Status
       * @enum {string}
       */
      status: "pending" | "approved" | "denied" | "expired" | "cancelled" | "spent";
      /**
       * Titles
       * @description By language; empty where the tool declares none.
       */
      titles: {
        [key: string]: string;
      };
      /** Tool */
      tool: string;
    };
    /**
     * AuditLinkNew
     * @description Whose log, and for whom: a session leaves both out, an API key names both.
     */
    AuditLinkNew: {
      /**
       * Organization Id
       * @description The organization whose log is opened; with an API key, needed.
       */
      organization_id?: string | null;
      /**
       * User Id
       * @description The administrator who opens it; with an API key, needed.
       */
      user_id?: string | null;
    };
    /**
     * AuditLinkOut
     * @description A link that works once.
     */
    AuditLinkOut: {
      /**
       * Expires At
       * Format: date-time
       * @description 60 seconds after it was made.
       */
      expires_at: string;
      /**
       * Url
       * @description Send the user's browser there: it opens the log's page, once.
       * @example https://agents.example/audit?ticket=rft_AZrE...
       */
      url: string;
    };
    /**
     * AuditStreamChange
     * @description Whether a stream goes on.
     */
    AuditStreamChange: {
      /**
       * Status
       * @description A paused stream keeps its place and goes on from there.
       * @enum {string}
       */
      status: "active" | "paused";
    };
    /**
     * AuditStreamNew
     * @description A stream to set up. `url` is for both webhooks, `host` for syslog, `to` for mail.
     * @example {
     *       "kind": "webhook",
     *       "url": "https://siem.example.com/ringfence"
     *     }
     */
    AuditStreamNew: {
      /** Authorization */
      authorization?: string | null;
      /**
       * Ca Pem
       * @description Authorities, in PEM, that vouch for the syslog server instead of ours.
       */
      ca_pem?: string | null;
      /**
       * Form
       * @description Of a `webhook`: `standard` (one JSON object of Standard Webhooks, the default), `lines` (an event a line), `hec` (as HTTP event collectors take it).
       */
      form?: ("standard" | "lines" | "hec") | null;
      /**
       * From Index
       * @description The first entry to send; by default what comes from now on.
       */
      from_index?: number | null;
      /**
       * Host
       * @example logs.example.com
       */
      host?: string | null;
      /**
       * Kind
       * @description Entries by signed webhook or by syslog over TLS; or a checkpoint a day, by webhook or mail.
       * @enum {string}
       */
      kind: "webhook" | "syslog" | "checkpoint_webhook" | "checkpoint_mail";
      /**
       * Port
       * @description 6514 unless told.
       */
      port?: number | null;
      /** To */
      to?: string | null;
      /**
       * Url
       * @example https://siem.example.com/ringfence
       */
      url?: string | null;
    };
    /**
     * AuditStreamOut
     * @description A stream and how far it is.
     */
    AuditStreamOut: {
      /**
       * Created At
       * Format: date-time
       */
      created_at: string;
      /**
       * Failures
       * @description Tries in a row that failed. None is the last: it goes on for good.
       */
      failures: number;
      /** Form */
      form: ("standard" | "lines" | "hec") | null;
      /** Has Authorization */
      has_authorization: boolean;
      /** Has Ca */
      has_ca: boolean;
      /** Host */
      host: string | null;
      /**
       * Id
       * Format: uuid
       */
      id: string;
      /**
       * Kind
       * @enum {string}
       */
      kind: "webhook" | "syslog" | "checkpoint_webhook" | "checkpoint_mail";
      /**
       * Lag
       * @description Sealed entries that have not arrived; null for checkpoints.
       */
      lag: number | null;
      /** Last Delivered At */
      last_delivered_at: string | null;
      /**
       * Last Error
       * @description Why the last try failed; null once something arrived.
       */
      last_error: string | null;
      /** Last Failed At */
      last_failed_at: string | null;
      /**
       * Log
       * @description `org/<id>` or `partner/<id>`.
       */
      log: string;
      /**
       * Next Index
       * @description The first entry that has not arrived; for checkpoints, the size of the last one.
       */
      next_index: number;
      /** Port */
      port: number | null;
      /** Secret Rotated At */
      secret_rotated_at: string | null;
      /**
       * Size
       * @description How many entries of the log are sealed.
       */
      size: number;
      /**
       * Status
       * @enum {string}
       */
      status: "active" | "paused";
      /** To */
      to: string | null;
      /** Url */
      url: string | null;
      /**
       * Waiting Since
       * @description When the oldest entry was sealed that has not arrived.
       */
      waiting_since: string | null;
    };
    /**
     * AuditStreamShown
     * @description A stream with the secret of its signatures, which is shown now and never again.
     */
    AuditStreamShown: {
      /**
       * Created At
       * Format: date-time
       */
      created_at: string;
      /**
       * Failures
       * @description Tries in a row that failed. None is the last: it goes on for good.
       */
      failures: number;
      /** Form */
      form: ("standard" | "lines" | "hec") | null;
      /** Has Authorization */
      has_authorization: boolean;
      /** Has Ca */
      has_ca: boolean;
      /** Host */
      host: string | null;
      /**
       * Id
       * Format: uuid
       */
      id: string;
      /**
       * Kind
       * @enum {string}
       */
      kind: "webhook" | "syslog" | "checkpoint_webhook" | "checkpoint_mail";
      /**
       * Lag
       * @description Sealed entries that have not arrived; null for checkpoints.
       */
      lag: number | null;
      /** Last Delivered At */
      last_delivered_at: string | null;
      /**
       * Last Error
       * @description Why the last try failed; null once something arrived.
       */
      last_error: string | null;
      /** Last Failed At */
      last_failed_at: string | null;
      /**
       * Log
       * @description `org/<id>` or `partner/<id>`.
       */
      log: string;
      /**
       * Next Index
       * @description The first entry that has not arrived; for checkpoints, the size of the last one.
       */
      next_index: number;
      /** Port */
      port: number | null;
      /**
       * Secret
       * @description `whsec_...`, for webhooks.
       */
      secret: string | null;
      /** Secret Rotated At */
      secret_rotated_at: string | null;
      /**
       * Size
       * @description How many entries of the log are sealed.
       */
      size: number;
      /**
       * Status
       * @enum {string}
       */
      status: "active" | "paused";
      /** To */
      to: string | null;
      /** Url */
      url: string | null;
      /**
       * Waiting Since
       * @description When the oldest entry was sealed that has not arrived.
       */
      waiting_since: string | null;
    };
    /**
     * BuiltinTool
     * @description A tool that every deployment has, by name.
     */
    BuiltinTool: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      kind: "builtin";
      /** Name */
      name: string;
    } & {
      [key: string]: unknown;
    };
    /**
     * ChangeOut
     * @description A moment at which a live check became something else.
     */
    ChangeOut: {
      /**
       * At
       * Format: date-time
       */
      at: string;
      /**
       * Outcome
       * @enum {string}
       */
      outcome: "ok" | "failing" | "unknown";
      /** Summary */
      summary: string;
    };
    /**
     * CitationOut
     * @description A passage of a file that an answer cites, proved by the run: it was read.
     */
    CitationOut: {
      /**
       * File Id
       * Format: uuid
       */
      file_id: string;
      /**
       * Locator
       * @description Where in the file: `page 3`, `sheet Prices rows 1-50`, `slide 2`.
       */
      locator: string;
      /**
       * Marker
       * @description How the text names it: `[1a2b3c4d:7]`, without the brackets.
       */
      marker: string;
      /** Name */
      name: string;
    };
    /**
     * ConsistencyOut
     * @description The hashes of RFC 6962 section 2.1.2, in base64; none between a size and itself.
     */
    ConsistencyOut: {
      /**
       * From
       * @example 1000
       */
      from: number;
      /**
       * Hashes
       * @example [
       *       "Zm9ydHktdHdvIGVudHJpZXMgYW5kIHRoZWlyIHJvb3Q="
       *     ]
       */
      hashes: string[];
      /**
       * To
       * @example 1042
       */
      to: number;
    };
    /**
     * ControlEvidenceOut
     * @description Where it is kept and proved: paths from the top of the source tree.
     */
    ControlEvidenceOut: {
      /** Code */
      code: string[];
      /** Tests */
      tests: string[];
    };
    /**
     * ControlOut
     * @description A promise as it stands.
     */
    ControlOut: {
      /** Area */
      area: string;
      /** Checked At */
      checked_at: string | null;
      evidence: components["schemas"]["ControlEvidenceOut"];
      /** Exceptions */
      exceptions: components["schemas"]["ExceptionOut"][];
      /**
       * Frameworks
       * @description Requirements that it speaks to; no certificate.
       */
      frameworks: string[];
      /** How */
      how: ("enforced" | "probed" | "served" | "attested")[];
      /** Id */
      id: string;
      /**
       * Open
       * @description The parts that are not kept yet.
       */
      open: string[];
      /** Other Probes */
      other_probes: components["schemas"]["ProbeOut"][];
      /** @description The live check that decides: the worst of them. */
      probe: components["schemas"]["ProbeOut"] | null;
      /**
       * Reason
       * @description Why it stands so, in one sentence.
       */
      reason: string;
      /**
       * State
       * @description Green are `passing` and `enforced` alone; a control with open parts is neither.
       * @enum {string}
       */
      state: "passing" | "enforced" | "attested" | "in_part" | "attention" | "unknown" | "expired" | "failing" | "open";
      statement: components["schemas"]["StatementOut"] | null;
      /** Wording */
      wording: string;
    };
    /**
     * ConversationListed
     * @description A conversation as a list shows it.
     */
    ConversationListed: {
      /**
       * Agent Id
       * Format: uuid
       */
      agent_id: string;
      /**
       * Created At
       * Format: date-time
       */
      created_at: string;
      /**
       * Id
       * Format: uuid
       */
      id: string;
      /**
       * Preview
       * @description The first 80 characters of its first message, on one line.
       */
      preview: string | null;
      /**
       * Updated At
       * Format: date-time
       */
      updated_at: string;
      /**
       * User Id
       * Format: uuid
       */
      user_id: string;
    };
    /**
     * ConversationNew
     * @description A conversation with an agent, still without words; a run's first message opens one too.
     */
    ConversationNew: {
      /**
       * Agent Id
       * Format: uuid
       */
      agent_id: string;
    };
    /**
     * ConversationOut
     * @description A conversation.
     */
    ConversationOut: {
      /**
       * Agent Id
       * Format: uuid
       */
      agent_id: string;
      /**
       * Created At
       * Format: date-time
       */
      created_at: string;
      /**
       * Id
       * Format: uuid
       */
      id: string;
      /**
       * Updated At
       * Format: date-time
       */
      updated_at: string;
      /**
       * User Id
       * Format: uuid
       */
      user_id: string;
    };
    /**
     * DayOut
     * @description How often a live check came to each outcome on one day (UTC); a day without a look is left out.
     */
    DayOut: {
      /**
       * Day
       * Format: date
       */
      day: string;
      /** Failing */
      failing: number;
      /** Ok */
      ok: number;
      /** Unknown */
      unknown: number;
    };
    /**
     * EntryOut
     * @description One entry, with the members that its sealed form has (docs/audit-format.md).
     */
    EntryOut: {
      /**
       * Action
       * @example run.started
       */
      action: string;
      actor: components["schemas"]["ActorOut"];
      /**
       * Address Hash
       * @description A keyed hash of the network address, in hexadecimal; its key changes with log and month.
       */
      address_hash: string | null;
      /**
       * At
       * Format: date-time
       */
      at: string;
      /**
       * Details
       * @description Ids, counts and closed words, by the action.
       */
      details: {
        [key: string]: unknown;
      };
      /**
       * Id
       * Format: uuid
       */
      id: string;
      /**
       * Index
       * @description Its place in the tree; null for the second or two until it is sealed.
       */
      index: number | null;
      /**
       * Network
       * @description Which kind of network the address belongs to.
       */
      network: string | null;
      /**
       * Outcome
       * @example success
       */
      outcome: string;
      /**
       * Permission
       * @example runs:create
       */
      permission: string | null;
      /**
       * Reason
       * @description A code, where something was refused or failed.
       */
      reason: string | null;
      /** Request Id */
      request_id: string | null;
      target: components["schemas"]["TargetOut"] | null;
    };
    /**
     * Erased
     * @description What an erasure removed: rows by table, the key, and what is kept by law or purpose.
     */
    Erased: {
      /**
       * Erased At
       * Format: date-time
       */
      erased_at: string;
      /**
       * Id
       * Format: uuid
       */
      id: string;
      /** Kept */
      kept: string[];
      /** Key Destroyed */
      key_destroyed: boolean;
      /** Rows */
      rows: {
        [key: string]: number;
      };
    };
    /**
     * EventOut
     * @description One stored event; `id` is what a stream's Last-Event-ID takes.
     */
    EventOut: {
      /**
       * Created At
       * Format: date-time
       */
      created_at: string;
      /** Data */
      data: {
        [key: string]: unknown;
      };
      /** Event */
      event: string;
      /** Id */
      id: string;
    };
    /**
     * EventPage
     * @description Stored events, oldest first; `next_cursor` is the id to go on from.
     */
    EventPage: {
      /** Items */
      items: components["schemas"]["EventOut"][];
      /** Next Cursor */
      next_cursor: string | null;
    };
    /**
     * ExceptionOut
     * @description A gap that was accepted for a while.
     */
    ExceptionOut: {
      /** Accepted By */
      accepted_by: string;
      /** Promise */
      promise: string;
      /** Reason */
      reason: string;
      /**
       * Until
       * Format: date
       */
      until: string;
    };
    /**
     * Family
     * @description A framework, as people filter by it.
     * @enum {string}
     */
    Family: "GDPR" | "UK GDPR" | "LOPDGDD" | "CCPA" | "SOC 2" | "HIPAA" | "OWASP ASVS" | "OWASP API" | "OWASP LLM";
    /**
     * FieldErrorOut
     * @description Where in the body, as a JSON pointer, and what is wrong there.
     */
    FieldErrorOut: {
      /** Detail */
      detail: string;
      /** Pointer */
      pointer: string;
    };
    /**
     * FileOut
     * @description A file.
     */
    FileOut: {
      /**
       * Code
       * @description Why it was refused, or could not be read.
       */
      code: string | null;
      /**
       * Created At
       * Format: date-time
       */
      created_at: string;
      /**
       * Id
       * Format: uuid
       */
      id: string;
      /**
       * Media Type
       * @description What its content is, whatever was said of it.
       */
      media_type: string;
      /** Name */
      name: string;
      /** Ready At */
      ready_at: string | null;
      /** Size Bytes */
      size_bytes: number;
      /**
       * Status
       * @description Agents read a file once it is ready.
       * @enum {string}
       */
      status: "uploading" | "scanning" | "processing" | "ready" | "refused" | "failed";
      /**
       * User Id
       * @description Whose it is; null for the organization's knowledge.
       */
      user_id: string | null;
    };
    /**
     * FoundOut
     * @description A passage of a file that fits.
     */
    FoundOut: {
      /**
       * File Id
       * Format: uuid
       */
      file_id: string;
      /**
       * Locator
       * @description Where in the file: `page 3`, `slide 2`; empty where it has no places.
       */
      locator: string;
      /** Name */
      name: string;
      /**
       * Part
       * @description The passage's number in the file, from 1 on.
       */
      part: number;
      /**
       * Score
       * @description The greater the better; compares within one answer alone.
       */
      score: number;
      /**
       * Snippet
       * @description At most about 320 characters around what was found.
       */
      snippet: string;
      /**
       * Text
       * @description The whole passage, about 1,200 characters.
       */
      text: string;
    };
    /**
     * Health
     * @description The state of this process.
     */
    Health: {
      /** Status */
      status: string;
    };
    /**
     * HttpTool
     * @description A request to an address of the partner's.
     *
     *     The path of `url` may hold `{argument}`; `url`, `headers` and `body` may hold `{org.external_id}` and
     *     `{user.external_id}`, which come from the run's own user and can never be set by the model; `headers` and `body` may
     *     hold `{secret:NAME}`, a secret of the run's organization, put in when the call is made. Arguments that the path
     *     does not use go to the query (GET, DELETE) or the JSON body, beside the fixed members of `body`. Each call carries
     *     an Idempotency-Key that stays the same when the call is repeated.
     */
    HttpTool: {
      /**
       * Approval
       * @default policy
       * @enum {string}
       */
      approval: "policy" | "always" | "never";
      /**
       * Approval Ttl Seconds
       * @default 3600
       */
      approval_ttl_seconds: number;
      /**
       * Approvers
       * @default user
       * @enum {string}
       */
      approvers: "user" | "admin" | "four_eyes";
      /** Args */
      args?: {
        [key: string]: string;
      };
      /** Body */
      body?: {
        [key: string]: unknown;
      };
      /** Description */
      description: string;
      /**
       * Effect
       * @enum {string}
       */
      effect: "read" | "fetch" | "private" | "internal_send" | "send" | "modify" | "grant" | "pay" | "destroy" | "credential" | "exec";
      /** Headers */
      headers?: {
        [key: string]: string;
      };
      /** Idempotent */
      idempotent?: boolean | null;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      kind: "http";
      limits?: components["schemas"]["ToolLimits"];
      /**
       * Method
       * @enum {string}
       */
      method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
      /** Name */
      name: string;
      /**
       * Output Trust
       * @default third_party
       * @enum {string}
       */
      output_trust: "first_party" | "third_party";
      /** Parameters */
      parameters?: {
        [key: string]: unknown;
      };
      /** Title */
      title?: string | {
        [key: string]: string;
      } | null;
      /** Url */
      url: string;
    };
    /**
     * KeyRotationOut
     * @description A rotation of an organization's keys and its users'.
     *
     *     `sealing`: what lies under the old keys is sealed anew. `settling`: it is looked over once more. `kept`: done, and
     *     the old keys are kept for backups until `old_keys_until`. `done`: they are destroyed. `void`: the organization was
     *     erased.
     */
    KeyRotationOut: {
      /**
       * Cause
       * @enum {string}
       */
      cause: "command" | "age" | "api";
      /** Damaged */
      damaged: number;
      /** Ended At */
      ended_at: string | null;
      /**
       * Id
       * Format: uuid
       */
      id: string;
      /** Old Keys Until */
      old_keys_until: string | null;
      /** Percent */
      percent: number;
      /**
       * Requested At
       * Format: date-time
       */
      requested_at: string;
      /** Resealed */
      resealed: number;
      /**
       * State
       * @enum {string}
       */
      state: "sealing" | "settling" | "kept" | "done" | "void";
    };
    /**
     * LaterTool
     * @description A tool of a kind that is not available yet: what it declares is read, and refused by name.
     */
    LaterTool: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      kind: "mcp" | "openapi";
      /** Name */
      name: string;
    } & {
      [key: string]: unknown;
    };
    /**
     * Limits
     * @description What one run may use; what is left out has the deployment's default.
     */
    Limits: {
      /** Max Output Tokens */
      max_output_tokens?: number | null;
      /** Max Steps */
      max_steps?: number | null;
    };
    /**
     * MeOut
     * @description Who the caller is and what it may do.
     */
    MeOut: {
      organization: components["schemas"]["TenantOut"];
      /** Permissions */
      permissions: string[];
      /** Session Expires At */
      session_expires_at: string | null;
      user: components["schemas"]["SessionUserOut"];
    };
    /**
     * MessageFileOut
     * @description A file that came with a message.
     */
    MessageFileOut: {
      /**
       * Id
       * Format: uuid
       */
      id: string;
      /** Media Type */
      media_type: string;
      /** Name */
      name: string;
      /** Size Bytes */
      size_bytes: number;
    };
    /**
     * MessageOut
     * @description Something that was said.
     */
    MessageOut: {
      /**
       * Author
       * @enum {string}
       */
      author: "user" | "assistant";
      /** Citations */
      citations: components["schemas"]["CitationOut"][];
      /**
       * Created At
       * Format: date-time
       */
      created_at: string;
      /** Files */
      files: components["schemas"]["MessageFileOut"][];
      /**
       * Id
       * Format: uuid
       */
      id: string;
      /**
       * Run Id
       * Format: uuid
       */
      run_id: string;
      /** Text */
      text: string;
    };
    /**
     * OAuthErrorOut
     * @description RFC 6749 section 5.2.
     */
    OAuthErrorOut: {
      /**
       * Error
       * @description invalid_target and invalid_request also as RFC 8693 section 2.2.2 says.
       * @enum {string}
       */
      error: "invalid_request" | "invalid_grant" | "unauthorized_client" | "unsupported_grant_type" | "invalid_scope" | "invalid_target";
      /** Error Description */
      error_description: string;
    };
    /**
     * OrganizationChange
     * @description What to change; what is left out stays.
     */
    OrganizationChange: {
      /** Name */
      name?: string | null;
      settings?: components["schemas"]["OrganizationSettings"] | null;
      /** Status */
      status?: ("active" | "restricted") | null;
    };
    /**
     * OrganizationKeysOut
     * @description The newest ten rotations of an organization's keys, newest first.
     */
    OrganizationKeysOut: {
      /**
       * Organization Id
       * Format: uuid
       */
      organization_id: string;
      /** Rotations */
      rotations: components["schemas"]["KeyRotationOut"][];
    };
    /**
     * OrganizationNew
     * @description An organization to make; `external_id` is the partner's own name for it, unique and fixed.
     */
    OrganizationNew: {
      /** External Id */
      external_id: string;
      /** Name */
      name: string;
      /** Region */
      region?: ("eu" | "us") | null;
      settings?: components["schemas"]["OrganizationSettings"] | null;
    };
    /**
     * OrganizationOut
     * @description One of the partner's organizations.
     */
    OrganizationOut: {
      /**
       * Created At
       * Format: date-time
       */
      created_at: string;
      /** External Id */
      external_id: string;
      /**
       * Id
       * Format: uuid
       */
      id: string;
      /** Name */
      name: string;
      /** Region */
      region: string;
      settings: components["schemas"]["OrganizationSettingsOut"];
      /** Status */
      status: string;
    };
    /**
     * OrganizationSettings
     * @description What an organization may set; without a period or a limit the partner's default holds.
     */
    OrganizationSettings: {
      /** Generative Ai */
      generative_ai?: boolean | null;
      /** Retention Period */
      retention_period?: number | null;
      spending?: components["schemas"]["Spending"] | null;
    };
    /**
     * OrganizationSettingsOut
     * @description An organization's settings; what is null has the partner's default.
     */
    OrganizationSettingsOut: {
      /** Generative Ai */
      generative_ai: boolean;
      /** Retention Period */
      retention_period: number | null;
      spending: components["schemas"]["SpendingOut"];
    };
    /** PageOf[AgentChoice] */
    PageOf_AgentChoice_: {
      /** Items */
      items: components["schemas"]["AgentChoice"][];
      /** Next Cursor */
      next_cursor: string | null;
    };
    /** PageOf[AgentOut] */
    PageOf_AgentOut_: {
      /** Items */
      items: components["schemas"]["AgentOut"][];
      /** Next Cursor */
      next_cursor: string | null;
    };
    /** PageOf[ApiKeyOut] */
    PageOf_ApiKeyOut_: {
      /** Items */
      items: components["schemas"]["ApiKeyOut"][];
      /** Next Cursor */
      next_cursor: string | null;
    };
    /** PageOf[ApprovalOut] */
    PageOf_ApprovalOut_: {
      /** Items */
      items: components["schemas"]["ApprovalOut"][];
      /** Next Cursor */
      next_cursor: string | null;
    };
    /** PageOf[AuditStreamOut] */
    PageOf_AuditStreamOut_: {
      /** Items */
      items: components["schemas"]["AuditStreamOut"][];
      /** Next Cursor */
      next_cursor: string | null;
    };
    /** PageOf[ConversationListed] */
    PageOf_ConversationListed_: {
      /** Items */
      items: components["schemas"]["ConversationListed"][];
      /** Next Cursor */
      next_cursor: string | null;
    };
    /** PageOf[EntryOut] */
    PageOf_EntryOut_: {
      /** Items */
      items: components["schemas"]["EntryOut"][];
      /** Next Cursor */
      next_cursor: string | null;
    };
    /** PageOf[FileOut] */
    PageOf_FileOut_: {
      /** Items */
      items: components["schemas"]["FileOut"][];
      /** Next Cursor */
      next_cursor: string | null;
    };
    /** PageOf[MessageOut] */
    PageOf_MessageOut_: {
      /** Items */
      items: components["schemas"]["MessageOut"][];
      /** Next Cursor */
      next_cursor: string | null;
    };
    /** PageOf[OrganizationOut] */
    PageOf_OrganizationOut_: {
      /** Items */
      items: components["schemas"]["OrganizationOut"][];
      /** Next Cursor */
      next_cursor: string | null;
    };
    /** PageOf[RunOut] */
    PageOf_RunOut_: {
      /** Items */
      items: components["schemas"]["RunOut"][];
      /** Next Cursor */
      next_cursor: string | null;
    };
    /** PageOf[SecretOut] */
    PageOf_SecretOut_: {
      /** Items */
      items: components["schemas"]["SecretOut"][];
      /** Next Cursor */
      next_cursor: string | null;
    };
    /** PageOf[SigningKeyOut] */
    PageOf_SigningKeyOut_: {
      /** Items */
      items: components["schemas"]["SigningKeyOut"][];
      /** Next Cursor */
      next_cursor: string | null;
    };
    /** PageOf[UserOut] */
    PageOf_UserOut_: {
      /** Items */
      items: components["schemas"]["UserOut"][];
      /** Next Cursor */
      next_cursor: string | null;
    };
    /** PageOf[VersionOut] */
    PageOf_VersionOut_: {
      /** Items */
      items: components["schemas"]["VersionOut"][];
      /** Next Cursor */
      next_cursor: string | null;
    };
    /**
     * PartnerSettingsOut
     * @description A partner's settings; `issuer` and `status` are the operator's.
     */
    PartnerSettingsOut: {
      /** Allowed Origins */
      allowed_origins: string[];
      /**
       * Created At
       * Format: date-time
       */
      created_at: string;
      /** Creates Organizations */
      creates_organizations: boolean;
      /** Default Region */
      default_region: string;
      /** Default Retention Period */
      default_retention_period: number;
      default_spending: components["schemas"]["SpendingOut"];
      /**
       * Id
       * Format: uuid
       */
      id: string;
      /** Issuer */
      issuer: string;
      /** Name */
      name: string;
      /** Security Contact */
      security_contact: string | null;
      /** Status */
      status: string;
      user_spending: components["schemas"]["SpendingOut"];
    };
    /**
     * Policy
     * @description What a second message does while the first is being answered; what is left out has the default, `queue`.
     */
    Policy: {
      /**
       * Concurrent Messages
       * @description `queue` answers it afterwards, `reject` refuses it with 409 `conversation_busy_run`, `interrupt` stops the answer under way and keeps its words.
       */
      concurrent_messages?: ("queue" | "reject" | "interrupt") | null;
    };
    /**
     * ProbeOut
     * @description A live check: what it last found on the running system, and its last ninety days.
     */
    ProbeOut: {
      /** Cadence Seconds */
      cadence_seconds: number | null;
      /**
       * Changes
       * @description Newest first.
       */
      changes: components["schemas"]["ChangeOut"][];
      /** Checked At */
      checked_at: string | null;
      /** Days */
      days: components["schemas"]["DayOut"][];
      /** Facts */
      facts: {
        [key: string]: number | string;
      };
      /** Name */
      name: string;
      /**
       * Outcome
       * @enum {string}
       */
      outcome: "ok" | "failing" | "unknown";
      /**
       * Since
       * @description When the outcome became what it is.
       */
      since: string | null;
      /**
       * Stale
       * @description Overdue, so that nobody knows; the outcome is unknown then.
       */
      stale: boolean;
      /** Summary */
      summary: string | null;
      /** Title */
      title: string;
    };
    /**
     * ProblemOut
     * @description RFC 9457 problem details.
     */
    ProblemOut: {
      /** Code */
      code: string;
      /** Detail */
      detail: string;
      /**
       * Errors
       * @default null
       */
      errors: components["schemas"]["FieldErrorOut"][] | null;
      /** Request Id */
      request_id: string;
      /** Status */
      status: number;
      /** Title */
      title: string;
      /** Type */
      type: string;
    };
    /**
     * RefreshIn
     * @description A refresh token; each buys one successor.
     */
    RefreshIn: {
      /** Refresh Token */
      refresh_token: string;
    };
    /**
     * RefusedKeyOut
     * @description A key that the server shows and that is not taken.
     */
    RefusedKeyOut: {
      /** Kid */
      kid: string | null;
      /** Reason */
      reason: string;
    };
    /**
     * ResumeEntry
     * @description The answer to one interrupt; `cancelled` says no.
     */
    ResumeEntry: {
      /** Interruptid */
      interruptId: string;
      /**
       * Payload
       * @description {approved: boolean}, or {decision: approve|deny|stop|wait}; stop cancels the run, wait decides nothing and goes on with the stream.
       */
      payload?: unknown;
      /**
       * Status
       * @enum {string}
       */
      status: "resolved" | "cancelled";
    };
    /**
     * RunAgentInput
     * @description AG-UI 1.0's RunAgentInput: a message to the agent in a thread, or the answer to what it asked there.
     */
    RunAgentInput: {
      /**
       * Context
       * @description Accepted for the protocol's sake, and not believed.
       */
      context?: unknown;
      /**
       * Forwardedprops
       * @description Accepted for the protocol's sake, and not believed.
       */
      forwardedProps?: unknown;
      /** Messages */
      messages: components["schemas"]["AguiMessage"][];
      /** Parentrunid */
      parentRunId?: string | null;
      /** Protocolversion */
      protocolVersion?: string | null;
      /** Resume */
      resume?: components["schemas"]["ResumeEntry"][] | null;
      /**
       * Runid
       * @description The same one gives the same run again, for 24 hours.
       */
      runId: string;
      /**
       * State
       * @description Accepted for the protocol's sake, and not believed.
       */
      state?: unknown;
      /**
       * Threadid
       * @description The client's own name of a conversation, or the id of one.
       */
      threadId: string;
      /**
       * Tools
       * @description Accepted for the protocol's sake, and not believed.
       */
      tools?: unknown;
    };
    /**
     * RunInput
     * @description What the user says.
     */
    RunInput: {
      /**
       * File Ids
       * @description Files of this user that are ready, to be read.
       */
      file_ids?: string[];
      /** Text */
      text: string;
    };
    /**
     * RunNew
     * @description A message to an agent, in a new conversation unless one is named.
     */
    RunNew: {
      /**
       * Agent Id
       * Format: uuid
       */
      agent_id: string;
      /** Conversation Id */
      conversation_id?: string | null;
      input: components["schemas"]["RunInput"];
    };
    /**
     * RunOut
     * @description A run; its words are in its events and in the conversation's messages.
     */
    RunOut: {
      /**
       * Agent Id
       * Format: uuid
       */
      agent_id: string;
      /** Agent Version */
      agent_version: number;
      /** Cancel Requested At */
      cancel_requested_at: string | null;
      /**
       * Conversation Id
       * Format: uuid
       */
      conversation_id: string;
      /** Cost Micros */
      cost_micros: number | null;
      /**
       * Created At
       * Format: date-time
       */
      created_at: string;
      /** Failure Code */
      failure_code: string | null;
      /** Finished At */
      finished_at: string | null;
      /**
       * Id
       * Format: uuid
       */
      id: string;
      /** Input Tokens */
      input_tokens: number;
      /** Model */
      model: string;
      /** Output Tokens */
      output_tokens: number;
      /** Started At */
      started_at: string | null;
      status: components["schemas"]["Status"];
      /**
       * User Id
       * Format: uuid
       */
      user_id: string;
    };
    /**
     * RunStartedOut
     * @description A run that was accepted: it reaches a final state whatever happens to this process.
     */
    RunStartedOut: {
      /**
       * Conversation Id
       * Format: uuid
       */
      conversation_id: string;
      /**
       * Id
       * Format: uuid
       */
      id: string;
      status: components["schemas"]["Status"];
    };
    /**
     * SearchNew
     * @description What to look for, and where.
     */
    SearchNew: {
      /**
       * File Ids
       * @description Looks into these files alone.
       */
      file_ids?: string[] | null;
      /**
       * Limit
       * @description The most items of the answer.
       * @default 10
       */
      limit: number;
      /**
       * Query
       * @description Words or a question, in English, Danish or Spanish.
       */
      query: string;
    };
    /**
     * SearchOut
     * @description What was found, the best first.
     */
    SearchOut: {
      /** Items */
      items: components["schemas"]["FoundOut"][];
    };
    /**
     * SecretNew
     * @description A secret to keep; one of the same name in the organization is replaced, with its hosts.
     */
    SecretNew: {
      /**
       * Allowed Hosts
       * @description Where it may be sent, each exactly: `api.example.com`, or `api.example.com:8443` for a port that is not 443. No wildcard, no range, no scheme, no path.
       */
      allowed_hosts: string[];
      /** Name */
      name: string;
      /**
       * Organization Id
       * Format: uuid
       */
      organization_id: string;
      /**
       * Value
       * Format: password
       * @description 8 characters to 64 KiB; it is never shown again.
       * @example a value that nobody reads
       */
      value: string;
    };
    /**
     * SecretOut
     * @description A secret without its value.
     */
    SecretOut: {
      /** Allowed Hosts */
      allowed_hosts: string[];
      /**
       * Created At
       * Format: date-time
       */
      created_at: string;
      /**
       * Id
       * Format: uuid
       */
      id: string;
      /** Last Used At */
      last_used_at: string | null;
      /** Name */
      name: string;
      /**
       * Organization Id
       * Format: uuid
       */
      organization_id: string;
      /** Replaced At */
      replaced_at: string | null;
      /** Use Count */
      use_count: number;
      /** Version */
      version: number;
    };
    /**
     * SecretRotation
     * @description How long the old secret signs beside its successor.
     */
    SecretRotation: {
      /**
       * Overlap Seconds
       * @default 86400
       */
      overlap_seconds: number;
    };
    /**
     * SecretStored
     * @description What is kept now; `replaced` says that the name had a value before.
     */
    SecretStored: {
      /** Allowed Hosts */
      allowed_hosts: string[];
      /**
       * Created At
       * Format: date-time
       */
      created_at: string;
      /**
       * Id
       * Format: uuid
       */
      id: string;
      /** Last Used At */
      last_used_at: string | null;
      /** Name */
      name: string;
      /**
       * Organization Id
       * Format: uuid
       */
      organization_id: string;
      /** Replaced */
      replaced: boolean;
      /** Replaced At */
      replaced_at: string | null;
      /** Use Count */
      use_count: number;
      /** Version */
      version: number;
    };
    /**
     * SessionOut
     * @description A session: send `session_token` as Bearer; renew with `refresh_token` before `expires_in` seconds are over.
     */
    SessionOut: {
      /** Expires In */
      expires_in: number;
      organization: components["schemas"]["TenantOut"];
      /** Refresh Token */
      refresh_token: string;
      /** Session Token */
      session_token: string;
      /**
       * Token Type
       * @default Bearer
       * @constant
       */
      token_type: "Bearer";
      user: components["schemas"]["SessionUserOut"];
    };
    /**
     * SessionUserOut
     * @description The user, as the partner's claims have it.
     */
    SessionUserOut: {
      /** Display Name */
      display_name: string | null;
      /** Email */
      email: string | null;
      /**
       * Id
       * Format: uuid
       */
      id: string;
      /**
       * Locale
       * @description A BCP 47 tag, where a token gave one.
       */
      locale: string | null;
      /** Role */
      role: string;
    };
    /**
     * SetKeyOut
     * @description A key of a set; one that the server does not show any more is `withdrawn` and vouches for no new session.
     */
    SetKeyOut: {
      /** Algorithm */
      algorithm: string;
      /**
       * Id
       * Format: uuid
       */
      id: string;
      /** Kid */
      kid: string;
      /** Last Used At */
      last_used_at: string | null;
      /**
       * Status
       * @enum {string}
       */
      status: "active" | "withdrawn" | "revoked";
    };
    /**
     * SettingsChange
     * @description What to change; what is left out stays. `security_contact` may be null.
     */
    SettingsChange: {
      /** Allowed Origins */
      allowed_origins?: string[] | null;
      /** Creates Organizations */
      creates_organizations?: boolean | null;
      /** Default Region */
      default_region?: ("eu" | "us") | null;
      /** Default Retention Period */
      default_retention_period?: number | null;
      /** @description For each organization without limits of its own. */
      default_spending?: components["schemas"]["Spending"] | null;
      /** Name */
      name?: string | null;
      /** Security Contact */
      security_contact?: string | null;
      /** @description For each user of each organization. */
      user_spending?: components["schemas"]["Spending"] | null;
    };
    /**
     * SigningKeyNew
     * @description A key to verify the partner's tokens, in exactly one form.
     *
     *     `kid`, `algorithm` and `public_key_pem`; or `jwks_url` alone; or `kid` with `algorithm: HS256`, whose secret is made
     *     here and shown once. `replaces` lets an older registration go on for `overlap_seconds`.
     */
    SigningKeyNew: {
      /** Algorithm */
      algorithm?: ("RS256" | "ES256" | "EdDSA" | "Ed25519" | "HS256") | null;
      /** Jwks Url */
      jwks_url?: string | null;
      /** Kid */
      kid?: string | null;
      /**
       * Overlap Seconds
       * @description Seconds for which the old one goes on.
       * @default 86400
       */
      overlap_seconds: number;
      /** Public Key Pem */
      public_key_pem?: string | null;
      /** Replaces */
      replaces?: string | null;
    };
    /**
     * SigningKeyOut
     * @description A registration: a public key, a shared secret, or the address of a key set with the keys found there.
     */
    SigningKeyOut: {
      /** Algorithm */
      algorithm: string | null;
      /**
       * Created At
       * Format: date-time
       */
      created_at: string;
      /** Expires At */
      expires_at: string | null;
      /**
       * Fetched At
       * @description When the set was last read.
       */
      fetched_at: string | null;
      /**
       * Id
       * Format: uuid
       */
      id: string;
      /** Jwks Url */
      jwks_url: string | null;
      /** Keys */
      keys: components["schemas"]["SetKeyOut"][];
      /** Kid */
      kid: string | null;
      /**
       * Kind
       * @enum {string}
       */
      kind: "public_key" | "jwks" | "shared_secret";
      /**
       * Last Error
       * @description Why the last try gave no set, or no key.
       */
      last_error: string | null;
      /**
       * Last Used At
       * @description To the hour.
       */
      last_used_at: string | null;
      /** Public Key Pem */
      public_key_pem: string | null;
      /** Refused Keys */
      refused_keys: components["schemas"]["RefusedKeyOut"][];
      /** Revoked At */
      revoked_at: string | null;
      /**
       * Status
       * @description `stale`: the set's server was away for a day, so its keys verify nothing until it is back.
       * @enum {string}
       */
      status: "active" | "expired" | "stale" | "revoked";
    };
    /**
     * SigningKeyShown
     * @description A registration just made; `secret` is shown now and never again.
     */
    SigningKeyShown: {
      /** Algorithm */
      algorithm: string | null;
      /**
       * Created At
       * Format: date-time
       */
      created_at: string;
      /** Expires At */
      expires_at: string | null;
      /**
       * Fetched At
       * @description When the set was last read.
       */
      fetched_at: string | null;
      /**
       * Id
       * Format: uuid
       */
      id: string;
      /** Jwks Url */
      jwks_url: string | null;
      /** Keys */
      keys: components["schemas"]["SetKeyOut"][];
      /** Kid */
      kid: string | null;
      /**
       * Kind
       * @enum {string}
       */
      kind: "public_key" | "jwks" | "shared_secret";
      /**
       * Last Error
       * @description Why the last try gave no set, or no key.
       */
      last_error: string | null;
      /**
       * Last Used At
       * @description To the hour.
       */
      last_used_at: string | null;
      /** Public Key Pem */
      public_key_pem: string | null;
      /** Refused Keys */
      refused_keys: components["schemas"]["RefusedKeyOut"][];
      /** Revoked At */
      revoked_at: string | null;
      /**
       * Secret
       * @description The HS256 key: the bytes of this text, as it stands.
       */
      secret: string | null;
      /**
       * Status
       * @description `stale`: the set's server was away for a day, so its keys verify nothing until it is back.
       * @enum {string}
       */
      status: "active" | "expired" | "stale" | "revoked";
    };
    /**
     * Spending
     * @description The most that models may cost in a calendar month (UTC), in millionths of a US dollar and in tokens.
     */
    Spending: {
      /** Monthly Micros */
      monthly_micros?: number | null;
      /** Monthly Tokens */
      monthly_tokens?: number | null;
    };
    /**
     * SpendingOut
     * @description The most that models may cost in a calendar month; null is no limit of its own.
     */
    SpendingOut: {
      /** Monthly Micros */
      monthly_micros: number | null;
      /** Monthly Tokens */
      monthly_tokens: number | null;
    };
    /**
     * Standing
     * @description The states of a control, as the Trust Center names them.
     * @enum {string}
     */
    Standing: "passing" | "enforced" | "attested" | "in_part" | "attention" | "unknown" | "expired" | "failing" | "open";
    /**
     * StatementOut
     * @description What people signed.
     */
    StatementOut: {
      /** Evidence */
      evidence: string | null;
      /**
       * Expires
       * Format: date
       */
      expires: string;
      /** Owner */
      owner: string;
      /** Review */
      review: string | null;
      /**
       * Signed
       * Format: date
       */
      signed: string;
      /** Statement */
      statement: string;
    };
    /**
     * Status
     * @description The states of a run.
     * @enum {string}
     */
    Status: "queued" | "running" | "waiting" | "completed" | "failed" | "cancelled" | "expired";
    /**
     * TargetOut
     * @description What was acted on.
     */
    TargetOut: {
      /** Id */
      id: string | null;
      /** Kind */
      kind: string | null;
    };
    /**
     * TenantOut
     * @description The organization of the session.
     */
    TenantOut: {
      /** External Id */
      external_id: string;
      /**
       * Id
       * Format: uuid
       */
      id: string;
      /** Name */
      name: string;
      /** Region */
      region: string;
    };
    /**
     * TokenIn
     * @description A token signed by the partner's server.
     */
    TokenIn: {
      /**
       * Token
       * @description JWT signed with one of the partner's registered keys.
       */
      token: string;
    };
    /**
     * TokenOut
     * @description A session: `access_token` is the session token of /embed/auth.
     */
    TokenOut: {
      /** Access Token */
      access_token: string;
      /** Expires In */
      expires_in: number;
      /**
       * Issued Token Type
       * @default urn:ietf:params:oauth:token-type:access_token
       * @constant
       */
      issued_token_type: "urn:ietf:params:oauth:token-type:access_token";
      /** Refresh Token */
      refresh_token: string;
      /**
       * Token Type
       * @default Bearer
       * @constant
       */
      token_type: "Bearer";
    };
    /**
     * ToolLimits
     * @description What one call may take: seconds for everything, bytes of the answer.
     */
    ToolLimits: {
      /**
       * Body Bytes
       * @default 1000000
       */
      body_bytes: number;
      /**
       * Timeout Seconds
       * @default 30
       */
      timeout_seconds: number;
    };
    /**
     * Tried
     * @description What became of a test.
     */
    Tried: {
      /**
       * Delivered
       * @description It arrived; a mail was queued.
       */
      delivered: boolean;
      /**
       * Error
       * @description Why not, as `last_error` says it.
       */
      error: string | null;
    };
    /**
     * TrustOut
     * @description The Trust Center at one moment.
     */
    TrustOut: {
      /** Checked At */
      checked_at: string | null;
      /** Controls */
      controls: components["schemas"]["ControlOut"][];
      /**
       * Counts
       * @description Over all controls, whatever was filtered.
       */
      counts: {
        [key: string]: number;
      };
      /** Exceptions */
      exceptions: components["schemas"]["ExceptionOut"][];
      /**
       * Generated At
       * Format: date-time
       */
      generated_at: string;
      /**
       * State
       * @description `passing` only where every promise is kept in full; `failing` where anything is red.
       * @enum {string}
       */
      state: "passing" | "attention" | "failing";
      /** Summary */
      summary: string;
    };
    /**
     * UiChat
     * @description What the SDK's DefaultChatTransport sends.
     */
    UiChat: {
      /**
       * Id
       * @description The client's own name of a conversation, or the id of one.
       */
      id: string;
      /** Messageid */
      messageId?: string | null;
      /** Messages */
      messages: components["schemas"]["UiMessage"][];
      /**
       * Trigger
       * @default submit-message
       * @enum {string}
       */
      trigger: "submit-message" | "regenerate-message";
    };
    /**
     * UiMessage
     * @description A UI message as the client claims it.
     */
    UiMessage: {
      /** Id */
      id: string;
      /** Parts */
      parts: components["schemas"]["UiPart"][];
      /** Role */
      role: string;
    };
    /**
     * UiPart
     * @description A part of a UI message: text, or a tool call with what the client says of it.
     */
    UiPart: {
      approval?: components["schemas"]["Approval"] | null;
      /** State */
      state?: string | null;
      /** Text */
      text?: string | null;
      /** Type */
      type: string;
    };
    /**
     * UserChange
     * @description What to rectify or restrict; what is left out stays, null clears.
     */
    UserChange: {
      /** Display Name */
      display_name?: string | null;
      /** Email */
      email?: string | null;
      /** Role */
      role?: ("admin" | "member" | "viewer") | null;
      /** Status */
      status?: ("active" | "restricted") | null;
    };
    /**
     * UserOut
     * @description A shadow user: `external_id` is the `sub` of the partner's tokens, `address` a synthetic one, no mailbox.
     */
    UserOut: {
      /** Address */
      address: string;
      /**
       * Created At
       * Format: date-time
       */
      created_at: string;
      /** Display Name */
      display_name: string | null;
      /** Email */
      email: string | null;
      /** External Id */
      external_id: string;
      /**
       * Id
       * Format: uuid
       */
      id: string;
      /**
       * Last Seen At
       * Format: date-time
       */
      last_seen_at: string;
      /** Locale */
      locale: string | null;
      /** Role */
      role: string;
      /** Status */
      status: string;
    };
    /**
     * ValueEvidenceOut
     * @description Where a value of the arguments was first seen: in the user's words, in a tool's answer, or nowhere before.
     */
    ValueEvidenceOut: {
      /**
       * Path
       * @description A JSON pointer into args.
       */
      path: string;
      /**
       * Source
       * @enum {string}
       */
      source: "user" | "tool" | "assistant";
      /** Tool */
      tool: string | null;
      /** Value */
      value: string;
    };
    /**
     * VersionOut
     * @description One immutable version; `digest` is the SHA-256 of its canonical JSON.
     */
    VersionOut: {
      /**
       * Created At
       * Format: date-time
       */
      created_at: string;
      /** Digest */
      digest: string;
      /** Fallback */
      fallback: string[];
      /** Instructions */
      instructions: string;
      /** Limits */
      limits: {
        [key: string]: unknown;
      };
      /** Model */
      model: string;
      /** Policy */
      policy: {
        [key: string]: unknown;
      };
      /** Tools */
      tools: {
        [key: string]: unknown;
      }[];
      /** Version */
      version: number;
    };
  };
  responses: never;
  parameters: {
    /** @description The version of the behaviour that the client was written for; the newest unless told. */
    RingfenceVersion: "2026-11-21";
  };
  requestBodies: never;
  headers: never;
  pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
