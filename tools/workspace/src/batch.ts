import type { ExecutorContext, Task, TaskGraph } from '@nx/devkit';

/** A project that a tool looks at. */
export interface CheckedProject {
  /** Nx's name. */
  name: string;
  /** Folder, relative to the workspace. */
  root: string;
  /** Where it is not all of the folder: a regular expression of paths in it. */
  files?: string;
}

/** What a tool says about one project. */
export interface Verdict {
  success: boolean;
  /** For a terminal; empty where there is nothing to say. */
  text: string;
}

/** Looks at several projects in one process; a verdict for each, by its name. */
export type Tool = (
  projects: readonly CheckedProject[],
  context: ExecutorContext,
) => Promise<ReadonlyMap<string, Verdict>>;

/** Of a task that is a part of its project: its specs, and the name that it is counted under. */
interface TaskOptions {
  specs?: string;
  results?: string;
}

interface TaskResult {
  task: string;
  result: { success: boolean; terminalOutput: string; startTime: number; endTime: number };
}

/**
 * An Nx batch executor over `tool`. ESLint, TypeScript and jest take seconds to start and jest
 * balances its workers only over what it knows of, so the tasks that Nx did not find in its cache run
 * in one process; each result is cached by itself.
 */
export function batchExecutor(
  tool: Tool,
): (
  graph: TaskGraph,
  inputs: Readonly<Record<string, TaskOptions>>,
  overrides: unknown,
  context: ExecutorContext,
) => AsyncGenerator<TaskResult> {
  return async function* (graph, inputs, _overrides, context) {
    const startTime = Date.now();
    const tasks = Object.values(graph.tasks);
    const nameOf = ({ id, target }: Task) => inputs[id]?.results ?? target.project;
    const projects = tasks.map((task) => {
      const { specs } = inputs[task.id] ?? {};
      const whole = { name: nameOf(task), root: task.projectRoot ?? '.' };
      return specs === undefined ? whole : { ...whole, files: specs };
    });
    const verdicts = await tool(projects, context);
    const endTime = Date.now();
    for (const task of tasks) {
      const { success, text } = verdicts.get(nameOf(task)) ?? UNKNOWN;
      yield { task: task.id, result: { success, terminalOutput: text, startTime, endTime } };
    }
  };
}

const UNKNOWN: Verdict = { success: false, text: 'the tool said nothing about this project\n' };

/** Sorts what concerns files into their projects: the innermost folder that holds a file. */
export function byProject<Item>(
  projects: readonly CheckedProject[],
  items: readonly Item[],
  pathOf: (item: Item) => string,
): Map<string, Item[]> {
  const found = new Map<string, Item[]>(projects.map(({ name }) => [name, []]));
  for (const item of items) {
    const owner = ownerOf(projects, pathOf(item));
    if (owner) found.get(owner.name)?.push(item);
  }
  return found;
}

/** `path` is relative to the workspace. */
function ownerOf(projects: readonly CheckedProject[], path: string): CheckedProject | undefined {
  return projects
    .filter(({ root }) => root === '.' || path.startsWith(`${root}/`))
    .filter(({ root, files = '' }) => new RegExp(`^${files}`).test(path.slice(root.length + 1)))
    .sort((a, b) => b.root.length - a.root.length)[0];
}
