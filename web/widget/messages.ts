/** Every word that the widget says, in its languages side by side. `{name}` is filled in; nothing is markup. */

const MESSAGES = {
  // The frame and its header.
  badge: ["AI assistant", "AI-assistent"],
  loading: ["Getting ready…", "Gør klar…"],
  newConversation: ["New conversation", "Ny samtale"],
  close: ["Close", "Luk"],
  greeting: ["Hello. How can I help?", "Hej. Hvad kan jeg hjælpe med?"],
  greetingNamed: ["Hello, {name}. How can I help?", "Hej {name}. Hvad kan jeg hjælpe med?"],
  disclosure: [
    "You are talking to an AI assistant. It can make mistakes, so check what matters.",
    "Du skriver med en AI-assistent. Den kan tage fejl, så tjek det, der er vigtigt.",
  ],
  conversation: ["Conversation", "Samtale"],
  // Messages.
  you: ["You", "Dig"],
  assistant: ["Assistant", "Assistenten"],
  thinking: ["Thinking…", "Tænker…"],
  waitsForEarlier: ["Waits for the earlier answer", "Venter på det tidligere svar"],
  stopped: ["You stopped this answer.", "Du stoppede svaret."],
  cut: ["The answer was cut short.", "Svaret blev afbrudt."],
  restarted: ["The answer was interrupted and begins again.", "Svaret blev afbrudt og begynder forfra."],
  tryAgain: ["Try again", "Prøv igen"],
  copy: ["Copy", "Kopiér"],
  copied: ["Copied", "Kopieret"],
  image: ["Picture", "Billede"],
  newMessages: ["New messages", "Nye beskeder"],
  older: ["Getting earlier messages…", "Henter tidligere beskeder…"],
  // Composer.
  write: ["Write a message", "Skriv en besked"],
  send: ["Send", "Send"],
  stop: ["Stop", "Stop"],
  left: ["{count} characters left", "{count} tegn tilbage"],
  tooMany: ["{count} characters too many", "{count} tegn for meget"],
  waitsForYou: ["Answer the question above first, or stop.", "Svar først på spørgsmålet ovenfor, eller stop."],
  // Tool calls.
  toolRunning: ["Working", "Arbejder"],
  toolDone: ["Done", "Færdig"],
  toolFailed: ["Failed", "Mislykkedes"],
  toolStopped: ["Stopped", "Stoppet"],
  asked: ["Asked with", "Spurgt med"],
  answer: ["Answer", "Svar"],
  noArguments: ["Nothing", "Intet"],
  yes: ["Yes", "Ja"],
  no: ["No", "Nej"],
  // Approvals.
  approvalAsks: ["Asks for your approval", "Beder om din godkendelse"],
  reason_policy: ["This changes something, so it needs your yes first.", "Dette ændrer noget og kræver et ja først."],
  reason_always: ["This always needs a yes first.", "Dette kræver altid et ja først."],
  reason_interrupted: [
    "This was interrupted and may be done already. Approve to do it again.",
    "Dette blev afbrudt og er måske allerede gjort. Godkend for at gøre det igen.",
  ],
  fromUser: ["From your message", "Fra din besked"],
  fromTool: ["Found by {tool}", "Fundet af {tool}"],
  fromSomeTool: ["From a tool's answer", "Fra et værktøjs svar"],
  fromAssistant: ["Written by the assistant", "Skrevet af assistenten"],
  approve: ["Approve", "Godkend"],
  decline: ["Decline", "Afvis"],
  declineStop: ["Decline and stop", "Afvis og stop"],
  expiresIn: ["Expires in {time}", "Udløber om {time}"],
  expired: ["Expired without an answer. Nothing was done.", "Udløb uden svar. Intet blev gjort."],
  approvedByYou: ["Approved by you {time}", "Godkendt af dig {time}"],
  approved: ["Approved {time}", "Godkendt {time}"],
  declinedByYou: ["Declined by you {time}. Nothing was done.", "Afvist af dig {time}. Intet blev gjort."],
  declined: ["Declined {time}. Nothing was done.", "Afvist {time}. Intet blev gjort."],
  approvalCancelled: ["Stopped. Nothing was done.", "Stoppet. Intet blev gjort."],
  changed: [
    "The request changed. Reload it before you answer.",
    "Anmodningen er ændret. Hent den igen, før du svarer.",
  ],
  reload: ["Reload", "Hent igen"],
  adminDecides: ["An administrator decides this.", "En administrator afgør dette."],
  fourEyesDecide: ["Another administrator decides this.", "En anden administrator afgør dette."],
  otherDecides: ["Somebody else decides this.", "En anden afgør dette."],
  // Connection.
  lost: ["Connection lost. Trying again…", "Forbindelsen er væk. Prøver igen…"],
  offline: ["You are offline. It goes on when you are back.", "Du er offline. Det fortsætter, når du er tilbage."],
  otherPerson: [
    "You are signed in as somebody else, so this is a new conversation.",
    "Du er logget ind som en anden, så dette er en ny samtale.",
  ],
  // What went wrong: a sentence; its action stands beside it.
  signInAgain: ["Sign in again", "Log ind igen"],
  problem_token_failed: ["The page could not sign you in.", "Siden kunne ikke logge dig ind."],
  problem_token_format: [
    "The page answered with something that is no sign-in.",
    "Siden svarede med noget, der ikke er et log-in.",
  ],
  problem_invalid_token: ["Your sign-in has expired or was refused.", "Dit log-in er udløbet eller blev afvist."],
  problem_origin: ["This page may not use the assistant.", "Denne side må ikke bruge assistenten."],
  problem_restricted: [
    "Your access is switched off. Ask your administrator.",
    "Din adgang er slået fra. Spørg din administrator.",
  ],
  problem_ai_disabled: ["Your organization has switched AI off.", "Din organisation har slået AI fra."],
  problem_rate_limited: [
    "Too many messages at once. Wait a moment.",
    "For mange beskeder på én gang. Vent et øjeblik.",
  ],
  problem_offline: ["You are offline.", "Du er offline."],
  problem_unavailable: ["The assistant cannot be reached right now.", "Assistenten kan ikke nås lige nu."],
  problem_agent: ["This assistant is not available.", "Denne assistent er ikke tilgængelig."],
  problem_too_long: ["The message is too long.", "Beskeden er for lang."],
  problem_busy: ["The assistant is still answering.", "Assistenten er stadig ved at svare."],
  problem_model: ["The AI model did not answer.", "AI-modellen svarede ikke."],
  problem_limit: ["The answer came to its limit and was stopped.", "Svaret nåede sin grænse og blev stoppet."],
  problem_gone: ["This conversation no longer exists.", "Samtalen findes ikke længere."],
  problem_unknown: ["Something went wrong.", "Noget gik galt."],
} as const satisfies Record<string, readonly [en: string, da: string]>;

export type Key = keyof typeof MESSAGES;
export type Language = "en" | "da";
export type Say = (key: Key, values?: Readonly<Record<string, string>>) => string;

export interface Words {
  readonly language: Language;
  /** For Intl: the reader's own locale where it is of a language that we speak. */
  readonly locale: string;
  readonly say: Say;
}

/** The first of the wished locales that we speak; English where there is none. */
export function wordsFor(wished: readonly (string | null | undefined)[]): Words {
  for (const tag of wished) {
    const language = languageOf(tag);
    if (language && tag) return { language, locale: isLocale(tag) ? tag : language, say: speaker(language) };
  }
  return { language: "en", locale: "en", say: speaker("en") };
}

function speaker(language: Language): Say {
  const at = language === "en" ? 0 : 1;
  return (key, values) => filled(MESSAGES[key][at], values);
}

export function filled(text: string, values: Readonly<Record<string, string>> = {}): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}

function languageOf(tag: string | null | undefined): Language | null {
  const primary = tag?.toLowerCase().split(/[-_]/)[0];
  return primary === "en" || primary === "da" ? primary : null;
}

function isLocale(tag: string): boolean {
  try {
    return Intl.NumberFormat.supportedLocalesOf(tag).length > 0;
  } catch {
    return false;
  }
}

/** For the test that holds the languages side by side. */
export const ALL: Readonly<Record<string, readonly [string, string]>> = MESSAGES;
