import { sha256, stableJson } from '@vllm-cpu/system/digest';
import type { VendoredLibrary } from '../plan.ts';

/** What the bill of materials of one wheel states. */
export interface SbomFacts {
  distribution: string;
  /** Public version, suffix included. */
  version: string;
  variant: string;
  platform: string;
  /** Upstream's version, repository and commit. */
  release: string;
  repository: string | null;
  commit: string | null;
  /** The source distribution that was compiled, in place of a commit. */
  sdist?: { file: string; sha256: string } | undefined;
  /** Tag of the Arm Compute Library that oneDNN is linked with; undefined where it is not. */
  acl?: string | undefined;
  /** Tag and commit of the oneDNN that is linked in; undefined where none is. */
  oneDnn?: { tag: string; commit: string | null } | undefined;
  torch: string | null;
  vendored: readonly VendoredLibrary[];
  /** Upstream's requirements by URL that the wheel does not have. */
  droppedRequirements: readonly string[];
  equivalentTo?: string | undefined;
  /** The levels that a sum has; empty for any other. */
  levels?: readonly string[] | undefined;
  sourceDateEpoch: number;
}

/** Version of this packaging, in WHEEL's Generator and in the bill of materials. */
export const PACKAGER = { name: 'vllm-cpu-wheels', version: '1' } as const;

/** Names of properties that later commands read back. */
export const PROPERTY = {
  release: 'vllm-cpu:release',
  variant: 'vllm-cpu:variant',
  platform: 'vllm-cpu:platform',
  equivalentTo: 'vllm-cpu:equivalent-to',
  droppedRequirement: 'vllm-cpu:dropped-requirement',
  level: 'vllm-cpu:level',
} as const;

/** Its place below .dist-info (PEP 770). */
export const SBOM_FILE = 'sboms/vllm-cpu.cdx.json';

/**
 * A CycloneDX 1.6 document: the same facts give the same text. https://cyclonedx.org/docs/1.6/json/
 */
export function formatSbom(facts: SbomFacts): string {
  const self = `pkg:pypi/${facts.distribution}@${facts.version}`;
  const components = [
    vllm(facts),
    ...oneDnn(facts),
    ...acl(facts),
    ...torch(facts),
    ...facts.vendored.map(library),
  ];
  const contained = components.map((component) => component['bom-ref']);
  const document = {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      timestamp: new Date(facts.sourceDateEpoch * 1000).toISOString(),
      tools: { components: [{ type: 'application', ...PACKAGER }] },
      component: {
        type: 'library',
        'bom-ref': self,
        name: facts.distribution,
        version: facts.version,
        purl: self,
        licenses: licence('Apache-2.0'),
        properties: properties(facts),
      },
    },
    components,
    dependencies: [{ ref: self, dependsOn: contained }, ...contained.map((ref) => ({ ref }))],
  };
  return formatDocument(document);
}

/** JSON with sorted keys and a serial number made of the rest of the document. */
export function formatDocument(document: Readonly<Record<string, unknown>>): string {
  // stableJson leaves out what is undefined.
  const rest = { ...document, serialNumber: undefined };
  const serialNumber = serialOf(stableJson(rest));
  const sorted: unknown = JSON.parse(stableJson({ ...rest, serialNumber }));
  return `${JSON.stringify(sorted, null, 2)}\n`;
}

function properties(facts: SbomFacts): { name: string; value: string }[] {
  return [
    { name: PROPERTY.release, value: facts.release },
    { name: PROPERTY.variant, value: facts.variant },
    { name: PROPERTY.platform, value: facts.platform },
    ...(facts.equivalentTo ? [{ name: PROPERTY.equivalentTo, value: facts.equivalentTo }] : []),
    ...facts.droppedRequirements.map((value) => ({ name: PROPERTY.droppedRequirement, value })),
    ...(facts.levels ?? []).map((value) => ({ name: PROPERTY.level, value })),
  ];
}

interface Component {
  type: 'library';
  'bom-ref': string;
  name: string;
  [field: string]: unknown;
}

/** A component that its package URL identifies. */
function component(
  [name, version, purl]: readonly [name: string, version: string, purl: string],
  more: Readonly<Record<string, unknown>>,
): Component {
  return { type: 'library', 'bom-ref': purl, name, version, purl, ...more };
}

function licence(id: string): object[] {
  return [{ license: { id } }];
}

function vllm(facts: SbomFacts): Component {
  const { commit, release, sdist, repository } = facts;
  const known = sdist
    ? `pkg:pypi/vllm@${release}?file_name=${sdist.file}`
    : commit && `pkg:github/vllm-project/vllm@${commit}`;
  return {
    type: 'library',
    'bom-ref': known ?? `pkg:github/vllm-project/vllm@${release}`,
    name: 'vllm',
    version: release,
    ...(known ? { purl: known } : {}),
    ...(sdist ? { hashes: [{ alg: 'SHA-256', content: sdist.sha256 }] } : {}),
    licenses: licence('Apache-2.0'),
    ...(repository
      ? { externalReferences: [{ type: 'vcs', url: repository }] }
      : { description: 'The embedded upstream: a miniature of vLLM' }),
  };
}

function oneDnn(facts: SbomFacts): Component[] {
  if (!facts.oneDnn) return [];
  const { tag, commit } = facts.oneDnn;
  const purl = `pkg:github/uxlfoundation/oneDNN@${commit ?? tag}`;
  const description = 'Linked statically; the commit of the tag was not verified';
  return [
    component(['oneDNN', tag.replace(/^v/, ''), purl], {
      licenses: licence('Apache-2.0'),
      ...(commit ? {} : { description }),
    }),
  ];
}

function acl({ acl: tag }: SbomFacts): Component[] {
  if (!tag) return [];
  const purl = `pkg:github/ARM-software/ComputeLibrary@${tag}`;
  return [
    component(['ComputeLibrary', tag.replace(/^v/, ''), purl], {
      licenses: licence('MIT'),
      description: 'Linked with oneDNN; the commit of the tag was not verified',
    }),
  ];
}

/** Needed and not contained: `excluded` scope says so. */
function torch({ torch: version }: SbomFacts): Component[] {
  if (!version) return [];
  const purl = `pkg:pypi/torch@${encodeURIComponent(version)}`;
  const description = 'Compiled against; installed as a requirement, not contained';
  return [component(['torch', version, purl], { scope: 'excluded', description })];
}

function library(vendored: VendoredLibrary): Component {
  const owner = vendored.package;
  const purl =
    owner && `pkg:${owner.kind}/${owner.vendor}/${owner.name}@${encodeURIComponent(owner.version)}`;
  return {
    type: 'library',
    'bom-ref': `${vendored.path}`,
    name: owner?.name ?? vendored.soname,
    ...(owner ? { version: owner.version, purl } : {}),
    hashes: [{ alg: 'SHA-256', content: vendored.sha256 }],
    description: `${vendored.soname}, contained as ${vendored.path}`,
    properties: vendored.licences.map((path) => ({ name: 'vllm-cpu:licence-file', value: path })),
  };
}

/** A UUID of version 8 (RFC 9562) from the document's own content, instead of a random one. */
function serialOf(text: string): string {
  const hex = sha256(text);
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`];
  return `urn:uuid:${[...parts, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join('-')}`;
}
