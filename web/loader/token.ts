/** Getting a token from the page's own server, and saying what went wrong in codes that a frame can explain. */

export type GetToken = () => Promise<string> | string;
export type Code = "token_url_failed" | "token_url_not_json" | "token_missing";
export type TokenAnswer = { token: string } | { error: { code: Code; status?: number } };

const WITHIN_MS = 10_000;
const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** A token by the page's function, else from its address; never throws. */
export async function fetchToken(getToken: GetToken | undefined, url: string | null): Promise<TokenAnswer> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const leaving = new AbortController();
  const late = new Promise<TokenAnswer>((resolve) => {
    timer = setTimeout(() => {
      leaving.abort();
      resolve(error("token_url_failed"));
    }, WITHIN_MS);
  });
  try {
    const token = async (): Promise<TokenAnswer> => {
      if (getToken) return said(await getToken());
      return url ? asked(url, leaving.signal) : error("token_missing");
    };
    return await Promise.race([token(), late]);
  } catch {
    return error("token_url_failed");
  } finally {
    clearTimeout(timer);
  }
}

async function asked(url: string, signal: AbortSignal): Promise<TokenAnswer> {
  const headers = { Accept: "application/json" };
  const response = await fetch(url, { method: "POST", credentials: "same-origin", headers, signal });
  if (!response.ok) return error("token_url_failed", response.status);
  const text = (await response.text()).trim();
  if (JWT.test(text)) return said(text);
  try {
    return said((JSON.parse(text) as { token?: unknown } | null)?.token);
  } catch {
    return error("token_url_not_json");
  }
}

function said(token: unknown): TokenAnswer {
  return typeof token === "string" && token ? { token } : error("token_missing");
}

function error(code: Code, status?: number): TokenAnswer {
  return { error: status ? { code, status } : { code } };
}
