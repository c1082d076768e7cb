import { z } from 'zod';

import { maskSecrets } from '../shared';
import { Access } from './access';
import type { EngineConnection } from './connection';
import { readDiskUsage } from './disk-usage';
import { Engine } from './engine';
import { isUp } from './holders';

export interface PingResult {
	reachable: true;
	endpoint: string;
	/** In use between the two; null where the engine or a proxy does not tell. */
	apiVersion: string | null;
	durationMs: number;
}

export interface SystemInfo {
	/** Of the host. */
	name: string;
	/** `Docker` or `Podman`. */
	engine: string;
	version: string;
	apiVersion: string | null;
	operatingSystem: string;
	kernel: string;
	architecture: string;
	cpus: number;
	memoryBytes: number;
	containers: { running: number; paused: number; stopped: number };
	images: number;
	storageDriver: string;
	loggingDriver: string;
	cgroupVersion: string | null;
	dataFolder: string;
	/** Containers go on while the engine itself is started again. */
	liveRestore: boolean;
	securityOptions: string[];
	/** What the engine finds wrong with its host. */
	warnings: string[];
	/** By the engine's clock. */
	time: string | null;
}

/** As `docker system df` shows it. */
export interface UsageOf {
	count: number;
	inUse: number;
	sizeBytes: number;
	/** What would be free without all that is not in use. */
	reclaimableBytes: number;
}

export interface DiskUsage {
	images: UsageOf;
	containers: UsageOf;
	volumes: UsageOf;
	buildCache: UsageOf;
	totalBytes: number;
	reclaimableBytes: number;
}

const text = z
	.string()
	.nullish()
	.transform((value) => value ?? '');
const figure = z
	.number()
	.nullish()
	.transform((value) => value ?? 0);
const texts = z
	.array(z.string())
	.nullish()
	.transform((value) => value ?? []);

const engineInfo = z.looseObject({
	Name: text,
	ServerVersion: text,
	OperatingSystem: text,
	KernelVersion: text,
	Architecture: text,
	NCPU: figure,
	MemTotal: figure,
	ContainersRunning: figure,
	ContainersPaused: figure,
	ContainersStopped: figure,
	Images: figure,
	Driver: text,
	LoggingDriver: text,
	CgroupVersion: z.string().nullish(),
	DockerRootDir: text,
	LiveRestoreEnabled: z.boolean().nullish(),
	SecurityOptions: texts,
	Warnings: texts,
	SystemTime: z.string().nullish(),
});

/** One engine as a whole. */
export class System {
	private readonly engine: Engine;
	private readonly access: Access;

	constructor(connection: EngineConnection) {
		this.engine = new Engine(connection);
		this.access = new Access(connection);
	}

	/** Asks for the smallest answer there is. @throws DockerError with the cause when there is none */
	async ping(signal?: AbortSignal): Promise<PingResult> {
		this.access.requireAction('info');
		const startedAt = performance.now();
		await this.engine.send({ path: '/_ping', signal });
		const durationMs = Math.round(performance.now() - startedAt);
		const apiVersion = (await this.engine.apiVersion(signal)) ?? null;
		return { reachable: true, endpoint: this.engine.endpoint, apiVersion, durationMs };
	}

	async info(signal?: AbortSignal): Promise<SystemInfo> {
		const found = await this.readInfo(signal);
		const { headers } = await this.engine.send({ path: '/_ping', signal });
		return {
			name: found.Name,
			engine: headers['libpod-api-version'] === undefined ? 'Docker' : 'Podman',
			version: found.ServerVersion,
			apiVersion: (await this.engine.apiVersion(signal)) ?? null,
			operatingSystem: found.OperatingSystem,
			kernel: found.KernelVersion,
			architecture: found.Architecture,
			cpus: found.NCPU,
			memoryBytes: found.MemTotal,
			containers: {
				running: found.ContainersRunning,
				paused: found.ContainersPaused,
				stopped: found.ContainersStopped,
			},
			images: found.Images,
			storageDriver: found.Driver,
			loggingDriver: found.LoggingDriver,
			cgroupVersion: found.CgroupVersion || null,
			dataFolder: found.DockerRootDir,
			liveRestore: found.LiveRestoreEnabled ?? false,
			securityOptions: found.SecurityOptions,
			warnings: found.Warnings,
			time: found.SystemTime || null,
		};
	}

	/** As `info`, in the engine's own shape; passwords in addresses of proxies are masked. */
	async infoRaw(signal?: AbortSignal): Promise<Record<string, unknown>> {
		const found: Record<string, unknown> = await this.readInfo(signal);
		const proxies = ['HttpProxy', 'HttpsProxy', 'NoProxy'].filter((name) => typeof found[name] === 'string');
		const masked = proxies.map((name) => [name, maskSecrets(String(found[name]))]);
		return { ...found, ...Object.fromEntries(masked) };
	}

	/** Sums over everything on the engine, whatever the rights: they hold no names. */
	async diskUsage(signal?: AbortSignal): Promise<DiskUsage> {
		this.access.requireAction('disk usage');
		const { LayersSize, Images, Containers, Volumes, BuildCache } = await readDiskUsage(
			this.engine,
			undefined,
			signal,
		);
		const used = Images.filter((image) => (image.Containers ?? 0) > 0);
		const own = used.map((image) => Math.max(0, image.Size - Math.max(0, image.SharedSize ?? 0)));
		const images = {
			count: Images.length,
			inUse: used.length,
			sizeBytes: LayersSize,
			reclaimableBytes: Math.max(0, LayersSize - sum(own)),
		};
		const containers = usage(
			Containers,
			({ State }) => isUp(State),
			({ SizeRw }) => SizeRw ?? 0,
		);
		const volumes = usage(
			Volumes,
			({ UsageData }) => (UsageData?.RefCount ?? 0) > 0,
			({ UsageData }) => Math.max(0, UsageData?.Size ?? 0),
		);
		const buildCache = usage(
			BuildCache,
			({ InUse }) => InUse,
			({ Shared, Size }) => (Shared ? 0 : Size),
		);
		const all = [images, containers, volumes, buildCache];
		return {
			images,
			containers,
			volumes,
			buildCache,
			totalBytes: sum(all.map(({ sizeBytes }) => sizeBytes)),
			reclaimableBytes: sum(all.map(({ reclaimableBytes }) => reclaimableBytes)),
		};
	}

	private async readInfo(signal: AbortSignal | undefined): Promise<z.infer<typeof engineInfo>> {
		this.access.requireAction('info');
		return await this.engine.call({ path: '/info', signal }, engineInfo);
	}
}

function usage<T>(things: T[], isUsed: (thing: T) => boolean, size: (thing: T) => number): UsageOf {
	const used = things.filter(isUsed);
	const sizeBytes = sum(things.map(size));
	return {
		count: things.length,
		inUse: used.length,
		sizeBytes,
		reclaimableBytes: sizeBytes - sum(used.map(size)),
	};
}

function sum(figures: number[]): number {
	return figures.reduce((total, figureOf) => total + figureOf, 0);
}
