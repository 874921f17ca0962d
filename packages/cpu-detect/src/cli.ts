import { importDirectories } from './check/environment.ts';
import { checkInstalled } from './check/judge.ts';
import { renderCheck } from './check/render.ts';
import { detectCpu } from './detect.ts';
import { DetectError } from './errors.ts';
import { readCpuinfo } from './files.ts';
import { parseOptions } from './options.ts';
import { recommend } from './recommend.ts';
import { bold, plain, renderExplain, renderReport } from './render.ts';
import { renderJson, reportOf } from './report.ts';
import { serveAdvice } from './serve/advice.ts';
import {
  renderCompose,
  renderDocker,
  renderEnv,
  renderServe,
  renderSystemd,
} from './serve/formats.ts';
import { VERSION } from './table.ts';
import { say } from './texts.ts';
import type { Cpu, DetectOptions } from './detect.ts';
import type { Options } from './options.ts';
import type { Report } from './report.ts';

/** What a run printed and how it ended. */
export interface Outcome {
  stdout: string;
  stderr: string;
  exitCode: number;
}

/** What the command line needs of its surroundings. `detected` replaces the detection in tests. */
export interface Surroundings {
  terminal: boolean;
  detected?: DetectOptions;
}

/** Runs one command line and returns what it prints; prints nothing itself. */
export function run(argv: readonly string[], surroundings: Surroundings): Outcome {
  try {
    return answer(parseOptions(argv), surroundings);
  } catch (error) {
    if (!(error instanceof DetectError)) throw error;
    return { stdout: '', stderr: error.render(), exitCode: error.parts.exitCode };
  }
}

function answer(options: Options, surroundings: Surroundings): Outcome {
  if (options.action === 'help') return printed(`${say('help')}\n`);
  if (options.action === 'version') return printed(`vllm-cpu-detect ${VERSION}\n`);
  const cpu = detectCpu({ ...surroundings.detected, ...detectOptions(options) });
  const recommendation = recommend(cpu);
  const report = reportOf(cpu, recommendation, options.release);
  const paint = surroundings.terminal ? bold : plain;
  if (options.action === 'quiet') return quiet(report);
  if (options.action === 'serve') return serve(options, cpu, report, paint);
  if (options.action === 'check') return check(options, cpu, report, paint);
  const exitCode = recommendation.package === null ? 1 : 0;
  if (options.json) return printed(renderJson(report), exitCode);
  const render = options.action === 'explain' ? renderExplain : renderReport;
  return printed(render(report, options.uv, paint), exitCode);
}

function printed(stdout: string, exitCode = 0): Outcome {
  return { stdout, stderr: '', exitCode };
}

function detectOptions(options: Options): DetectOptions {
  if (options.cpuinfo !== null) {
    const cpuinfoName = options.cpuinfo === '-' ? 'standard input' : options.cpuinfo;
    return { cpuinfoText: readCpuinfo(options.cpuinfo), cpuinfoName };
  }
  return options.root === null ? {} : { root: options.root };
}

function quiet(report: Report): Outcome {
  const { package: name, reason } = report.recommendation;
  if (name === null) return { stdout: '', stderr: `${reason}\n`, exitCode: 1 };
  return printed(`${name}\n`);
}

function serve(options: Options, cpu: Cpu, report: Report, paint: typeof bold): Outcome {
  const advice = serveAdvice(cpu, report.recommendation, options);
  if (options.json) return printed(renderJson({ ...report, serve: advice }), advice ? 0 : 1);
  if (!advice) return { stdout: '', stderr: `${report.recommendation.reason}\n`, exitCode: 1 };
  const renderers = {
    env: renderEnv,
    docker: renderDocker,
    compose: renderCompose,
    systemd: renderSystemd,
  };
  const { format } = options;
  if (format !== 'text' && format !== 'json') return printed(renderers[format](advice));
  return printed(renderServe(advice, report.recommendation.package ?? '', paint));
}

function check(options: Options, cpu: Cpu, report: Report, paint: typeof bold): Outcome {
  const directories =
    options.sitePackages.length > 0
      ? options.sitePackages
      : importDirectories(options.python ?? 'python3');
  const result = checkInstalled(cpu, report.recommendation, directories);
  const complete = { ...report, check: result };
  const text = options.json ? renderJson(complete) : renderCheck(report, result, paint);
  return printed(text, result.exit);
}
