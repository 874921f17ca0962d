import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const PAGE = join(import.meta.dirname, '../../docs/affected.md');

/** One row of the table in docs/affected.md. */
export interface AffectedRow {
  change: string;
  /** Names of projects, sorted. */
  projects: string[];
  /** Ids of tasks, sorted. */
  tasks: string[];
}

/**
 * The table of docs/affected.md, for a repository of these variants where `variant` is the one that a
 * change touches and `newRelease` the pin that a commit adds.
 */
export function affectedTable(
  variants: readonly string[],
  variant: string,
  newRelease: string,
): AffectedRow[] {
  const rows = readFileSync(PAGE, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.split('|').map((cell) => cell.trim()));
  return rows.slice(2).map(([, change = '', projects = '', tasks = '']) => {
    const isNew = tasks.startsWith(NEW);
    const release = isNew ? newRelease : 'sample';
    return {
      change,
      projects: words(projects)
        .flatMap((word) => projectsOf(word, variants, variant))
        .sort(),
      tasks: words(isNew ? tasks.slice(NEW.length) : tasks)
        .flatMap((word) => tasksOf(word, variants, variant))
        .map((id) => `${id}-${release}`)
        .sort(),
    };
  });
}

const NEW = 'of the new release: ';

function words(cell: string): string[] {
  return cell === 'none' ? [] : cell.split(', ');
}

function projectsOf(word: string, variants: readonly string[], variant: string): string[] {
  if (word === 'every variant') return variants.map((name) => `variant-${name}`);
  if (word === 'every stage') return ['pin', 'compile', 'package', 'verify', 'publish', 'image'];
  if (word === 'the variant') return [`variant-${variant}`];
  return [word];
}

function tasksOf(word: string, variants: readonly string[], variant: string): string[] {
  if (word === 'equivalence') return ['wheels:equivalence'];
  const [, whose, stage] =
    /^(every variant|the variant)’s (compile|build|verify)$/.exec(word) ?? [];
  if (!whose) throw new Error(`docs/affected.md: ${word} is no task`);
  return projectsOf(whose, variants, variant).map((project) => `${project}:${stage}`);
}
