import { z } from 'zod';
import type { ReportPackage } from '@vllm-cpu/report/report';
import type { WheelFacts } from '../facts/wheel-facts.ts';

const text = z.string().optional();

/** What is read of CycloneDX 1.4 to 1.7. */
const document = z.looseObject({
  components: z.array(
    z.looseObject({
      name: z.string(),
      version: text,
      purl: text,
      scope: text,
      description: text,
      hashes: z.array(z.looseObject({ alg: z.string(), content: z.string() })).default([]),
      licenses: z
        .array(
          z.looseObject({
            expression: text,
            license: z.looseObject({ id: text, name: text }).optional(),
          }),
        )
        .default([]),
    }),
  ),
});

type Component = z.infer<typeof document>['components'][number];

/** The packages of the bills of materials in a wheel (PEP 770). One that cannot be read has none here. */
export function reportPackages({ texts }: Pick<WheelFacts, 'texts'>): ReportPackage[] {
  return [...texts]
    .filter(([name]) => /^[^/]+\.dist-info\/sboms\/[^/]+\.json$/.test(name))
    .flatMap(([, content]) => componentsOf(content))
    .map(packageOf)
    .sort((a, b) => Number(b.contained) - Number(a.contained));
}

function componentsOf(content: string): readonly Component[] {
  try {
    return document.parse(JSON.parse(content)).components;
  } catch {
    return [];
  }
}

function packageOf(component: Component): ReportPackage {
  const { name, version, purl, scope, description, hashes, licenses } = component;
  return {
    name,
    version: version ?? null,
    licences: licenses.flatMap(
      ({ expression, license }) => expression ?? license?.id ?? license?.name ?? [],
    ),
    purl: purl ?? null,
    sha256: hashes.find(({ alg }) => alg === 'SHA-256')?.content ?? null,
    contained: scope !== 'excluded',
    description: description ?? null,
  };
}
