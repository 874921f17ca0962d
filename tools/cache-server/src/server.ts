import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { claimFolder } from './store/cache-folder.ts';
import { EntryStore } from './store/entry-store.ts';
import { handle } from './requests/handler.ts';
import type { Service } from './requests/service.ts';
import type { Log } from './log.ts';
import { Metrics } from './metrics.ts';
import { sendProblem } from './requests/respond.ts';
import type { Settings } from './settings/settings.ts';
import { createAuthorise } from './settings/tokens.ts';

/**
 * Longer than the 90 s for which the HTTP client of Nx keeps an idle connection. Were this shorter
 * (Node's default is 5 s), a request could meet the closing of its connection, and one request that
 * fails ends a run of Nx: https://github.com/nrwl/nx/issues/36036
 */
const KEEP_ALIVE_MS = 120_000;

export interface RunningServer {
  /** `http://<address>:<port>` as it is bound. */
  url: string;
  /** Takes no more connections, lets requests in flight finish, then gives the folder back. */
  stop(): Promise<void>;
  /** Resolves when the server has stopped; false when it lost its folder. */
  stopped: Promise<boolean>;
}

/**
 * Starts a cache server.
 * @throws VllmCpuError TOKENS_MISSING, TOKEN_INVALID, NOT_A_CACHE_FOLDER, FOLDER_NOT_HAD,
 *   ADDRESS_NOT_HAD
 */
export async function startServer(settings: Settings, log: Log): Promise<RunningServer> {
  const authorise = createAuthorise(settings.readTokens, settings.writeTokens);
  for (const warning of settings.warnings) log.info(warning);
  let folderLost = false;
  let stop = async (): Promise<void> => undefined;
  const release = await claimFolder(settings.directory, (error) => {
    folderLost = true;
    log.error(`lost the lock of ${settings.directory}; stopping`, error);
    void stop();
  });
  try {
    const metrics = new Metrics();
    const store = await EntryStore.open(settings.directory, settings, (key) => {
      metrics.add('evicted');
      log.info(`evicted entry ${key}`);
    });
    let inFlight = 0;
    let stopping = false;
    const { maxSize, idleTimeout } = settings;
    const service: Service = {
      store,
      metrics,
      authorise,
      log,
      maxSize,
      idleTimeout,
      inFlight: () => inFlight,
      stopping: () => stopping,
    };
    const { server, dropSilent } = createHttpServer(
      settings,
      service,
      (change) => (inFlight += change),
    );
    await listen(server, settings);
    let ended: (clean: boolean) => void;
    const stopped = new Promise<boolean>((resolve) => (ended = resolve));
    stop = async () => {
      if (stopping) return void (await stopped);
      stopping = true;
      const closed = close(server, settings.shutdownTimeout, log);
      dropSilent();
      await closed;
      await release().catch(() => undefined);
      ended(!folderLost);
    };
    return { url: urlOf(server), stop: () => stop(), stopped };
  } catch (error) {
    await release().catch(() => undefined);
    throw error;
  }
}

function createHttpServer(
  settings: Settings,
  service: Service,
  count: (change: 1 | -1) => void,
): { server: Server; dropSilent: () => void } {
  const headersTimeout = Math.min(15_000, settings.requestTimeout);
  const server = createServer(
    {
      headersTimeout,
      requestTimeout: settings.requestTimeout,
      connectionsCheckingInterval: Math.min(5_000, headersTimeout),
      keepAliveTimeout: KEEP_ALIVE_MS,
    },
    (request, response) => {
      count(1);
      response.once('close', () => {
        count(-1);
        if (service.stopping()) server.closeIdleConnections();
      });
      if (service.stopping()) response.setHeader('Connection', 'close');
      handle(service, request, response).catch((error: unknown) => {
        service.metrics.add('errors');
        service.log.error('a request failed', error);
        if (response.headersSent) response.destroy();
        else sendProblem(response, 500, { code: 'INTERNAL', message: 'See the server’s log.' });
      });
    },
  );
  // Counts bytes of both directions, so it ends stalled uploads and stalled downloads.
  server.setTimeout(settings.idleTimeout, (socket: Socket) => socket.destroy());
  // Node waits for a connection on which nothing was asked yet, as for a request in flight.
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  const dropSilent = (): void =>
    open.forEach((socket) => socket.bytesRead === 0 && socket.destroy());
  return { server, dropSilent };
}

async function listen(server: Server, { host, port }: Settings): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, resolve);
    });
  } catch (cause) {
    throw new VllmCpuError({
      code: 'ADDRESS_NOT_HAD',
      what: `cannot listen on ${host} port ${port}`,
      why: cause instanceof Error ? cause.message : String(cause),
      next: 'Stop the program that uses the port, or choose another with --host and --port.',
      cause,
    });
  }
}

async function close(server: Server, timeout: number, log: Log): Promise<void> {
  const deadline = setTimeout(() => {
    log.error('requests in flight did not finish in time; their connections are closed');
    server.closeAllConnections();
  }, timeout);
  await new Promise<void>((resolve) => server.close(() => resolve()));
  clearTimeout(deadline);
}

function urlOf(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
