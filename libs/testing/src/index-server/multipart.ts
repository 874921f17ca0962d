/** One part of a multipart/form-data body (RFC 7578). */
export interface FormPart {
  name: string;
  fileName: string | undefined;
  content: Buffer;
}

/** Parses a whole body; undefined where it is not multipart or ends before its closing boundary. */
export function parseMultipart(
  body: Buffer,
  contentType: string | undefined,
): FormPart[] | undefined {
  const boundary = /^multipart\/form-data;.*boundary="?([^";]+)"?/i.exec(contentType ?? '')?.[1];
  if (!boundary) return undefined;
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  const parts: FormPart[] = [];
  // The first boundary has no line break before it.
  let at = body.indexOf(delimiter.subarray(2));
  if (at !== 0) return undefined;
  at += delimiter.length - 2;
  for (;;) {
    if (body.subarray(at, at + 2).toString() === '--') return parts;
    const headerEnd = body.indexOf('\r\n\r\n', at);
    const end = body.indexOf(delimiter, headerEnd);
    if (headerEnd === -1 || end === -1) return undefined;
    const header = body.subarray(at, headerEnd).toString('utf8');
    parts.push({
      name: /\bname="([^"]*)"/.exec(header)?.[1] ?? '',
      fileName: /\bfilename="([^"]*)"/.exec(header)?.[1],
      content: body.subarray(headerEnd + 4, end),
    });
    at = end + delimiter.length;
  }
}
