import type { ServerResponse } from 'node:http';

/** The body of every answer that is not content: what happened and what to do, for a person. */
export interface Problem {
  code: string;
  message: string;
}

export function sendProblem(response: ServerResponse, status: number, problem: Problem): void {
  sendJson(response, status, { error: problem });
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  sendText(response, status, 'application/json; charset=utf-8', `${JSON.stringify(body)}\n`);
}

export function sendText(
  response: ServerResponse,
  status: number,
  type: string,
  body: string,
): void {
  response.writeHead(status, {
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
  });
  response.end(body);
}
