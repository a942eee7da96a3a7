// Requests to the service and to the emulator's admin API, by fetch.

export class ApiError extends Error {
  constructor(status, code, text) {
    super(status ? `${status} ${code}${text ? `: ${text}` : ""}` : text);
    this.status = status;
  }
}

async function request(method, path, body, headers = {}) {
  let response;
  let text;
  try {
    response = await fetch(path, { method, headers, body });
    text = await response.text();
  } catch {
    throw new ApiError(0, "", "No reply: the connection was closed.");
  }
  let reply = {};
  try {
    reply = text ? JSON.parse(text) : {};
  } catch {
    if (response.ok) throw new ApiError(response.status, "", "The reply is not JSON.");
  }
  if (response.ok) return reply;
  throw new ApiError(response.status, response.headers.get("x-amzn-errortype") ?? "", reply.message ?? reply.Message);
}

const json = { "Content-Type": "application/json" };

/** Calls a POST operation of the participant service with its bearer token. */
export const callOperation = (path, token, body) =>
  request("POST", `/participant/${path}`, JSON.stringify(body), { ...json, "X-Amz-Bearer": token });

/** Calls the emulator's admin API. */
export const callAdmin = (method, path, body) =>
  request(method, `/_emulator/${path}`, body && JSON.stringify(body), body && json);

export const stopContact = (contactId) =>
  request("POST", "/contact/stop", JSON.stringify({ InstanceId: "emulator", ContactId: contactId }), json);

/** Uploads a file to the URL of StartAttachmentUpload. The browser sets Content-Length itself. */
export function uploadFile(target, file) {
  const headers = { ...target.HeadersToInclude };
  delete headers["Content-Length"];
  return request("PUT", target.Url, file, headers);
}

export const newClientToken = () => crypto.randomUUID();
