import { z } from 'zod';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { parseJson, parseValue } from '@vllm-cpu/system/parse-json';
import { PLATFORMS, type Platform } from '@vllm-cpu/variant/features';
import { formatDocument, PROPERTY } from './sbom.ts';

const documentSchema = z.looseObject({
  bomFormat: z.literal('CycloneDX'),
  metadata: z.looseObject({
    timestamp: z.iso.datetime(),
    component: z.looseObject({
      name: z.string(),
      version: z.string(),
      properties: z.array(z.strictObject({ name: z.string(), value: z.string() })),
    }),
  }),
  dependencies: z.array(
    z.looseObject({ ref: z.string(), dependsOn: z.array(z.string()).optional() }),
  ),
});

type Document = z.infer<typeof documentSchema>;

/** What a packaged wheel says about its own making. */
export interface WheelOrigin {
  distribution: string;
  /** Public version, suffix included. */
  version: string;
  /** Upstream's version. */
  release: string;
  variant: string;
  platform: Platform;
  equivalentTo: string | undefined;
  droppedRequirements: readonly string[];
  /** Seconds since 1970 UTC. */
  sourceDateEpoch: number;
}

/** @throws VllmCpuError INVALID_JSON, INVALID_CONTENT, SBOM_FOREIGN */
export function readOrigin(text: string, source: string): WheelOrigin {
  const { metadata } = parseJson(text, documentSchema, source);
  const { component } = metadata;
  const find = (name: string) => component.properties.find((one) => one.name === name)?.value;
  const required = (name: string) => {
    const value = find(name);
    if (value !== undefined) return value;
    throw new VllmCpuError({
      code: 'SBOM_FOREIGN',
      what: `${source} does not contain ${name}`,
      why: 'It records the upstream release and variant of the wheel, and is written when packaging.',
      next: 'Package the wheel again from the compiled wheel.',
    });
  };
  const platform = parseValue(required(PROPERTY.platform), z.enum(PLATFORMS), source);
  return {
    distribution: component.name,
    version: component.version,
    release: required(PROPERTY.release),
    variant: required(PROPERTY.variant),
    platform,
    equivalentTo: find(PROPERTY.equivalentTo),
    droppedRequirements: component.properties
      .filter(({ name }) => name === PROPERTY.droppedRequirement)
      .map(({ value }) => value),
    sourceDateEpoch: Date.parse(metadata.timestamp) / 1000,
  };
}

/** The same document for another version of the same wheel. */
export function withSbomVersion(text: string, version: string, source: string): string {
  const document: Document = parseJson(text, documentSchema, source);
  const { component } = document.metadata;
  const from = `pkg:pypi/${component.name}@${component.version}`;
  const self = `pkg:pypi/${component.name}@${version}`;
  const renamed = (ref: string) => (ref === from ? self : ref);
  return formatDocument({
    ...document,
    metadata: {
      ...document.metadata,
      component: { ...component, 'bom-ref': self, version, purl: self },
    },
    dependencies: document.dependencies.map((dependency) => ({
      ...dependency,
      ref: renamed(dependency.ref),
    })),
  });
}
