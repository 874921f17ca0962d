import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** A place where an error is made, with its texts as written; `…` replaces what is computed. */
export interface ErrorSite {
  file: string;
  line: number;
  codes: readonly string[];
  what: readonly string[];
  why: readonly string[];
  next: readonly string[];
}

const COMPUTED = '…';

/** Every object literal with `code`, `what` and `next`, in the given TypeScript files of `root`. */
export function errorSites(root: string, files: readonly string[]): ErrorSite[] {
  return files.flatMap((file) => {
    const text = readFileSync(join(root, file), 'utf8');
    const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
    const sites: ErrorSite[] = [];
    const visit = (node: ts.Node): void => {
      const site = ts.isObjectLiteralExpression(node) ? siteOf(node, source) : undefined;
      if (site) sites.push(site);
      ts.forEachChild(node, visit);
    };
    visit(source);
    return sites;
  });
}

function siteOf(node: ts.ObjectLiteralExpression, source: ts.SourceFile): ErrorSite | undefined {
  const codes = textsOf(node, 'code').filter((code) => /^[A-Z][A-Z0-9_]+$/.test(code));
  const names = new Set(node.properties.map((property) => property.name?.getText(source)));
  if (codes.length === 0 || !names.has('what') || !names.has('next')) return undefined;
  return {
    file: source.fileName,
    line: source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1,
    codes,
    what: textsOf(node, 'what'),
    why: textsOf(node, 'why'),
    next: textsOf(node, 'next'),
  };
}

/** The literal texts that a property can have: one, or one for each branch of a condition. */
function textsOf(node: ts.ObjectLiteralExpression, name: string): string[] {
  const property = node.properties.find(
    (each): each is ts.PropertyAssignment =>
      ts.isPropertyAssignment(each) && each.name.getText() === name,
  );
  return property ? literals(property.initializer) : [];
}

function literals(node: ts.Expression): string[] {
  if (ts.isStringLiteralLike(node)) return [node.text];
  if (ts.isTemplateExpression(node)) {
    return [
      [node.head, ...node.templateSpans.map(({ literal }) => literal)]
        .map(({ text }) => text)
        .join(COMPUTED),
    ];
  }
  if (ts.isParenthesizedExpression(node)) return literals(node.expression);
  if (ts.isConditionalExpression(node)) {
    return [...literals(node.whenTrue), ...literals(node.whenFalse)];
  }
  return [];
}
