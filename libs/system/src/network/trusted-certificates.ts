import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { rootCertificates } from 'node:tls';

/** Where a machine says which authorities it trusts: OpenSSL and uv, requests and twine, curl, pip, Node. */
const BUNDLES = [
  'SSL_CERT_FILE',
  'REQUESTS_CA_BUNDLE',
  'CURL_CA_BUNDLE',
  'PIP_CERT',
  'NODE_EXTRA_CA_CERTS',
];

/**
 * Certificates in PEM that the programs of this machine trust, as behind a company's proxy that looks
 * into TLS; undefined where it says nothing. Node by itself looks at the last of the variables only.
 */
export function trustedCertificates(
  env: Readonly<Record<string, string | undefined>>,
): string[] | undefined {
  const files = [...new Set(BUNDLES.flatMap((name) => env[name] || []))].filter(isReadableFile);
  if (files.length === 0) return undefined;
  return [...rootCertificates, ...files.map((file) => readFileSync(file, 'utf8'))];
}

/** REQUESTS_CA_BUNDLE may name a folder, which OpenSSL alone can use. */
function isReadableFile(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
