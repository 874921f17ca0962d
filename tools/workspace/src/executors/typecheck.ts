import { join, relative } from 'node:path';
import ts from 'typescript';
import { batchExecutor, byProject } from '../batch.ts';
import type { CheckedProject, Verdict } from '../batch.ts';

/** What TypeScript reports about the projects' own files; what those import is read, and not reported. */
export default batchExecutor(async (projects, { root }) => {
  const { options, fileNames, errors } = configuration(root, projects);
  const program = ts.createProgram({ rootNames: fileNames, options });
  const host: ts.FormatDiagnosticsHost = {
    getCurrentDirectory: () => root,
    getCanonicalFileName: (name) => name,
    getNewLine: () => '\n',
  };
  const text = (found: readonly ts.Diagnostic[]) =>
    ts.formatDiagnosticsWithColorAndContext(found, host);
  const general = [
    ...errors,
    ...program.getOptionsDiagnostics(),
    ...program.getGlobalDiagnostics(),
  ];
  const verdicts = new Map<string, Verdict>();
  for (const [name, files] of byProject(projects, fileNames, (file) => relative(root, file))) {
    const found = files.flatMap((file) => {
      const source = program.getSourceFile(file);
      return [
        ...program.getSyntacticDiagnostics(source),
        ...program.getSemanticDiagnostics(source),
      ];
    });
    const all = [...general, ...found];
    verdicts.set(name, { success: all.length === 0, text: text(all) });
  }
  return verdicts;
});

/** The workspace's settings, for the files of these projects. */
function configuration(root: string, projects: readonly CheckedProject[]): ts.ParsedCommandLine {
  const file = join(root, 'tsconfig.workspace.json');
  const { config, error } = ts.readConfigFile(file, ts.sys.readFile);
  // Plain JavaScript is what runs before any package is installed.
  const include = projects.map((project) =>
    project.root === '.' ? 'scripts/*.mjs' : `${project.root}/**/*.ts`,
  );
  const parsed = ts.parseJsonConfigFileContent({ ...config, include }, ts.sys, root, {}, file);
  // A project without TypeScript is not an error.
  const errors = parsed.errors.filter(({ code }) => code !== 18003);
  return { ...parsed, errors: error ? [error, ...errors] : errors };
}
