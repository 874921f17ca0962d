/** The types of the report in Python and in TypeScript, from its JSON schema. */

/** The part of JSON Schema that report.schema.json uses. */
interface SchemaNode {
  description?: string;
  $ref?: string;
  const?: unknown;
  enum?: unknown[];
  type?: string | string[];
  items?: SchemaNode;
  anyOf?: SchemaNode[];
}

interface SchemaObject {
  description?: string;
  required: string[];
  properties: Record<string, SchemaNode>;
}

interface SchemaEnum {
  enum: unknown[];
}

export interface ReportSchema extends SchemaObject {
  $defs: Record<string, SchemaObject | SchemaEnum>;
}

/** How one language writes the types that a schema can name. */
interface Language {
  scalars: Record<string, string>;
  literal: (values: unknown[]) => string;
  list: (item: string) => string;
  union: (types: string[]) => string;
}

function typeOf(node: SchemaNode, language: Language): string {
  if (node.$ref) return node.$ref.replace('#/$defs/', '');
  if (node.anyOf) return language.union(node.anyOf.map((part) => typeOf(part, language)));
  if ('const' in node) return language.literal([node.const]);
  if (node.enum) return language.literal(node.enum);
  if (Array.isArray(node.type)) {
    return language.union(node.type.map((type) => typeOf({ ...node, type }, language)));
  }
  if (node.type === 'array' && node.items) return language.list(typeOf(node.items, language));
  const scalar = language.scalars[node.type ?? ''];
  if (scalar === undefined) throw new Error(`report.schema.json: ${JSON.stringify(node)}`);
  return scalar;
}

const TYPESCRIPT: Language = {
  scalars: { string: 'string', integer: 'number', boolean: 'boolean', null: 'null' },
  literal: (values) =>
    values.map((value) => (typeof value === 'string' ? `'${value}'` : String(value))).join(' | '),
  list: (item) => `${item.includes('|') ? `(${item})` : item}[]`,
  union: (types) => types.join(' | '),
};

const PYTHON: Language = {
  scalars: { string: 'str', integer: 'int', boolean: 'bool', null: 'None' },
  literal: (values) => `Literal[${values.map((value) => JSON.stringify(value)).join(', ')}]`,
  list: (item) => `List[${item}]`,
  union: (types) => `Optional[${types.filter((type) => type !== 'None').join(', ')}]`,
};

function interfaceOf(name: string, { description, required, properties }: SchemaObject): string {
  const comment = (text: string | undefined, indent: string) =>
    text === undefined ? '' : `${indent}/** ${text} */\n`;
  const lines = Object.entries(properties).map(([key, node]) => {
    const mark = required.includes(key) ? '' : '?';
    return `${comment(node.description, '  ')}  ${key}${mark}: ${typeOf(node, TYPESCRIPT)};\n`;
  });
  return `${comment(description, '')}export interface ${name} {\n${lines.join('')}}\n`;
}

function typedDict(name: string, { description, required, properties }: SchemaObject): string {
  const fields = Object.entries(properties).map(
    ([key, node]) => [key, `    ${key}: ${typeOf(node, PYTHON)}\n`] as const,
  );
  const text = (wanted: boolean) =>
    fields.flatMap(([key, line]) => (required.includes(key) === wanted ? [line] : [])).join('');
  const optional = text(false);
  const docstring = description === undefined ? '' : `    """${description}"""\n\n`;
  // Python 3.8 has no NotRequired: what may be missing is in a class of its own.
  if (optional === '') return `class ${name}(TypedDict):\n${docstring}${text(true)}`;
  return (
    `class _Always${name}(TypedDict):\n${text(true)}\n\n` +
    `class ${name}(_Always${name}, total=False):\n${docstring}${optional}`
  );
}

/** Writes every definition of the schema, and its whole as `Report`. */
function everyType(
  schema: ReportSchema,
  ofEnum: (name: string, values: unknown[]) => string,
  ofObject: (name: string, object: SchemaObject) => string,
): string[] {
  const types: ReportSchema['$defs'] = { ...schema.$defs, Report: schema };
  return Object.entries(types).map(([name, node]) =>
    'properties' in node ? ofObject(name, node) : ofEnum(name, node.enum),
  );
}

/** An interface for each object of the schema, a union for each enumeration. */
export function typescriptTypes(schema: ReportSchema): string {
  const union = (name: string, values: unknown[]) =>
    `export type ${name} = ${TYPESCRIPT.literal(values)};\n`;
  return everyType(schema, union, interfaceOf).join('\n');
}

/** A TypedDict for each object of the schema, a Literal for each enumeration. */
export function pythonTypes(schema: ReportSchema): string {
  const literal = (name: string, values: unknown[]) => `\n${name} = ${PYTHON.literal(values)}\n`;
  const types = everyType(schema, literal, (name, object) => `\n\n${typedDict(name, object)}`);
  const head =
    'from __future__ import annotations\n\nfrom typing import List, Literal, Optional, TypedDict\n';
  return `"""The parts of the report, as report.schema.json describes them."""\n\n${head}${types.join('')}`;
}
