/** What an endpoint answers: data, or a code with a text for a person. */
export type Answer<T> =
  | { ok: true; data: T }
  | { ok: false; errCode: string; msg: string; data?: unknown };

/** An answer of the engine itself: 403, 404, 429, 500 … */
export class ApiError extends Error {
  constructor(readonly status: number, readonly errCode: string, message: string, readonly requestId?: string) {
    super(message);
  }
}

export interface Options {
  /** A session ticket, sent as Authorization: Bearer. */
  ticket?: string;
  /** The language of messages: zh-CN or en. */
  lang?: string;
  headers?: Record<string, string>;
  fetch?: typeof fetch;
}

type Place = "path" | "rest" | "query" | "header" | "cookie" | "body" | "raw";

export class Caller {
  /** base is where the server is, without a slash at its end: https://example.com */
  constructor(readonly base: string, readonly options: Options = {}) {}

  protected async send(method: string, path: string, params: object, places: Record<string, Place>): Promise<Response> {
    const query = new URLSearchParams();
    const headers = new Headers(this.options.headers);
    const body: Record<string, unknown> = {};
    let raw: unknown;
    for (const [name, value] of Object.entries(params)) {
      if (value === undefined) continue;
      const text = typeof value === "object" ? JSON.stringify(value) : String(value);
      switch (places[name]) {
        case "path": path = path.replace("{" + name + "}", encodeURIComponent(text)); break;
        case "rest": path = path.replace("{" + name + "}", text.split("/").map(encodeURIComponent).join("/")); break;
        case "header": headers.set(name, text); break;
        case "cookie": break; // the browser's matter
        case "body": body[name] = value; break;
        case "raw": raw = value; break;
        default: query.append(name, text);
      }
    }
    if (this.options.ticket) headers.set("Authorization", "Bearer " + this.options.ticket);
    if (this.options.lang) headers.set("Accept-Language", this.options.lang);
    const url = this.base + path + (query.size > 0 ? "?" + query.toString() : "");
    const response = await (this.options.fetch ?? fetch)(url, { method, headers, ...this.payload(headers, body, raw) });
    if (response.ok || response.redirected) return response;
    const said = await response.json().catch(() => ({})) as Record<string, string | undefined>;
    const code = said["errCode"] ?? said["error"] ?? said["reason"] ?? said["errno"] ?? said["code"] ?? ""; // whatever shape it has
    const text = said["msg"] ?? said["error_description"] ?? said["errText"] ?? said["message"] ?? response.statusText;
    throw new ApiError(response.status, String(code), text, said["requestId"]);
  }

  private payload(headers: Headers, body: Record<string, unknown>, raw: unknown): { body?: BodyInit } {
    if (raw === undefined && Object.keys(body).length === 0) return {};
    if (raw instanceof Blob || raw instanceof FormData || raw instanceof URLSearchParams || raw instanceof ArrayBuffer || typeof raw === "string") {
      return { body: raw };
    }
    headers.set("Content-Type", "application/json");
    return { body: JSON.stringify(raw === undefined ? body : raw) };
  }

  protected async json<T>(method: string, path: string, params: object, places: Record<string, Place>): Promise<T> {
    return await (await this.send(method, path, params, places)).json() as T;
  }

  protected answer<T>(method: string, path: string, params: object, places: Record<string, Place>): Promise<Answer<T>> {
    return this.json<Answer<T>>(method, path, params, places);
  }
}

