// A page with assistant-ui's thread primitives over its AG-UI runtime, as a partner's product would show it.
import { HttpAgent } from "@ag-ui/client";
import { AssistantRuntimeProvider, ComposerPrimitive, MessagePrimitive, ThreadPrimitive } from "@assistant-ui/react";
import { useAgUiRuntime } from "@assistant-ui/react-ag-ui";
import { useMemo } from "react";
import { createRoot } from "react-dom/client";

const { ringfence, agent } = document.documentElement.dataset;

const json = (response) => response.json();
async function logIn() {
  const { token } = await fetch("/agent-token", { method: "POST" }).then(json);
  const body = JSON.stringify({ token });
  const headers = { "Content-Type": "application/json" };
  return fetch(`${ringfence}/api/v1/embed/auth`, { method: "POST", headers, body }).then(json);
}

function Refund({ toolName, args, result, approval, respondToApproval }) {
  const isOpen = approval && approval.approved === undefined && result === undefined;
  return (
    <div role="group" aria-label={toolName}>
      <code>{JSON.stringify(args)}</code>
      {isOpen && <button onClick={() => respondToApproval({ approved: true })}>Approve</button>}
      {result !== undefined && <output>{String(typeof result === "string" ? result : JSON.stringify(result))}</output>}
    </div>
  );
}

const Message = () => (
  <MessagePrimitive.Root>
    <div role="article">
      <MessagePrimitive.Parts components={{ tools: { Fallback: Refund } }} />
    </div>
  </MessagePrimitive.Root>
);

// docs:assistant-ui
function Chat({ session }) {
  const connection = useMemo(
    () =>
      new HttpAgent({
        url: `${ringfence}/api/v1/agui/${agent}`,
        headers: { Authorization: `Bearer ${session}` },
      }),
    [session],
  );
  const runtime = useAgUiRuntime({ agent: connection });
  return (
    <AssistantRuntimeProvider runtime={runtime}>
      <ThreadPrimitive.Root>
        <ThreadPrimitive.Viewport>
          <ThreadPrimitive.Messages components={{ Message }} />
        </ThreadPrimitive.Viewport>
        <ComposerPrimitive.Root>
          <ComposerPrimitive.Input aria-label="Message" />
          <ComposerPrimitive.Send>Send</ComposerPrimitive.Send>
        </ComposerPrimitive.Root>
      </ThreadPrimitive.Root>
    </AssistantRuntimeProvider>
  );
}
// docs:end

const { session_token: session } = await logIn();
createRoot(document.getElementById("chat")).render(<Chat session={session} />);
