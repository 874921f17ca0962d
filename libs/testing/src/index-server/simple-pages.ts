import type { ServerResponse } from 'node:http';
import type { StoredFile } from './stored-files.ts';

/** Which forms of the simple API the server speaks. */
export type SimpleForm = 'json' | 'html';

const JSON_TYPE = 'application/vnd.pypi.simple.v1+json';

/** Answers with a project's page, in JSON where the client takes it and the server speaks it. */
export function sendProject(
  response: ServerResponse,
  accept: string,
  form: SimpleForm,
  project: string,
  files: readonly StoredFile[],
): void {
  if (files.length === 0) {
    response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>404 Not Found</h1>');
  } else if (form === 'json' && accept.includes(JSON_TYPE)) {
    response
      .writeHead(200, { 'content-type': JSON_TYPE })
      .end(JSON.stringify(json(project, files)));
  } else {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(html(files));
  }
}

export function sendRoot(response: ServerResponse, projects: readonly string[]): void {
  const links = projects.map((name) => `<a href="/simple/${name}/">${name}</a>`).join('\n');
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(links);
}

function addressOf(file: StoredFile): string {
  return `/files/${file.sha256}/${file.fileName}`;
}

function json(project: string, files: readonly StoredFile[]): unknown {
  return {
    meta: { 'api-version': '1.1' },
    name: project,
    versions: [...new Set(files.map((file) => file.version))],
    files: files.map((file) => ({
      filename: file.fileName,
      url: addressOf(file),
      hashes: { sha256: file.sha256 },
      'requires-python': file.requiresPython,
      size: file.content.length,
      'upload-time': file.uploadTime.toISOString(),
      yanked: false,
    })),
  };
}

function html(files: readonly StoredFile[]): string {
  return files
    .map((file) => {
      const python = (file.requiresPython ?? '').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
      const attribute = python ? ` data-requires-python="${python}"` : '';
      return `<a href="${addressOf(file)}#sha256=${file.sha256}"${attribute}>${file.fileName}</a><br>`;
    })
    .join('\n');
}
