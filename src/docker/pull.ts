import { StringDecoder } from 'node:string_decoder';
import { z } from 'zod';

import { maskSecrets, shorten } from '../shared';
import type { Engine } from './engine';
import { DockerError, type DockerErrorCode } from './errors';
import { transportFailure } from './failures';
import { imagePath, namedImage, type ImageName } from './image-reference';
import { plainText } from './log-lines';

/** What the engine has told while it got an image. */
export interface PullReport {
	/** Its last word, e.g. `Image is up to date for nginx:1.27`. */
	status: string | null;
	/** By which the registry knows what was got. */
	digest: string | null;
	/** Layers the image is made of. */
	layers: number;
	/** Of those, what the engine had already. */
	layersPresent: number;
	/** What was downloaded, compressed, as far as the engine has told. */
	downloadedBytes: number;
}

export interface PullOptions {
	/** `linux/arm64`; the engine's own unless given. */
	platform?: string | undefined;
	/** How long the engine may tell nothing, in milliseconds. */
	silenceMs?: number | undefined;
	signal?: AbortSignal | undefined;
}

/** A registry may be slow, and a layer large. */
const usualSilenceMs = 10 * 60_000;
/** The engine's lines are short; what is longer is none of them. */
const maxLineLength = 64 * 1024;

const progressLine = z.looseObject({
	id: z.string().optional(),
	status: z.string().optional(),
	progressDetail: z.looseObject({ current: z.number().optional(), total: z.number().optional() }).optional(),
	error: z.string().optional(),
	errorDetail: z.looseObject({ message: z.string().optional() }).optional(),
});
type ProgressLine = z.infer<typeof progressLine>;

/**
 * Has the engine get an image from its registry, with the login the engine itself has there. Rights are the caller's to check.
 *
 * @throws DockerError `image_missing`, `registry_refused`, `registry_limit`, `registry_unreachable`, `disk_full` or
 * `engine_error` with the registry's own words; those of the way to the engine
 */
export async function pullImage(
	engine: Engine,
	name: ImageName,
	{ platform, silenceMs = usualSilenceMs, signal }: PullOptions = {},
): Promise<PullReport> {
	const query = {
		fromImage: name.digest === undefined ? name.repository : name.text,
		...(name.tag !== undefined && { tag: name.tag }),
		...(platform !== undefined && { platform }),
	};
	const request = { method: 'POST', path: '/images/create', query, timeoutMs: silenceMs, signal } as const;
	const progress = new PullProgress();
	try {
		const stream = await engine.open(request);
		const decoder = new StringDecoder('utf8');
		for await (const piece of stream as AsyncIterable<Buffer>) progress.read(decoder.write(piece));
		progress.end();
	} catch (thrown) {
		const failure = transportFailure(thrown, engine.connection);
		// What a registry says before the first line comes as the status of the answer.
		throw ['not_found', 'engine_error', 'conflict'].includes(failure.code)
			? pullFailure(name.text, failure.message)
			: failure;
	}
	if (progress.error !== undefined) throw pullFailure(name.text, progress.error);
	return progress.report();
}

/** Id of the image a name stands for on the engine, undefined when there is none. */
export async function presentImage(
	engine: Engine,
	name: ImageName,
	signal?: AbortSignal,
): Promise<string | undefined> {
	try {
		return (await engine.call({ path: imagePath(name.text, 'json'), signal }, namedImage)).Id;
	} catch (thrown) {
		if (thrown instanceof DockerError && thrown.code === 'not_found') return undefined;
		throw thrown;
	}
}

class PullProgress {
	error: string | undefined;
	private rest = '';
	private status: string | null = null;
	private digest: string | null = null;
	private readonly layers = new Map<string, { present: boolean; bytes: number }>();

	read(text: string): void {
		const lines = (this.rest + text).split('\n');
		this.rest = (lines.pop() ?? '').slice(0, maxLineLength);
		for (const line of lines) this.take(line);
	}

	end(): void {
		this.take(this.rest);
	}

	report(): PullReport {
		const layers = [...this.layers.values()];
		return {
			status: this.status,
			digest: this.digest,
			layers: layers.length,
			layersPresent: layers.filter(({ present }) => present).length,
			downloadedBytes: layers.reduce((sum, { bytes }) => sum + bytes, 0),
		};
	}

	private take(line: string): void {
		const read = progressLine.safeParse(parseJson(line));
		if (!read.success) return;
		const { id, status, error, errorDetail } = read.data;
		this.error ??= errorDetail?.message ?? error;
		if (status === undefined) return;
		const digest = /^Digest: (sha256:[0-9a-f]{64})/.exec(status)?.[1];
		if (digest !== undefined) this.digest = digest;
		else if (status.startsWith('Status: ')) this.status = shorten(status.slice('Status: '.length), 500);
		// "Pulling from shop/web" has the tag as its id.
		else if (id !== undefined && !status.startsWith('Pulling from')) this.takeLayer(id, read.data);
	}

	private takeLayer(id: string, { status, progressDetail }: ProgressLine): void {
		const layer = this.layers.get(id) ?? { present: false, bytes: 0 };
		this.layers.set(id, layer);
		if (status === 'Already exists') layer.present = true;
		if (status === 'Downloading') {
			layer.bytes = Math.max(layer.bytes, progressDetail?.total ?? progressDetail?.current ?? 0);
		}
	}
}

function parseJson(line: string): unknown {
	try {
		return JSON.parse(line);
	} catch {
		return undefined;
	}
}

/** The engine's words about registries have no codes; these are the ones of Docker, containerd and Podman. */
const causes: [words: RegExp, code: DockerErrorCode, remedy: string][] = [
	[
		/toomanyrequests|too many requests|rate limit/i,
		'registry_limit',
		'Wait, or log the engine in to the registry ("docker login" on its host), which raises the limit.',
	],
	[
		/no space left/i,
		'disk_full',
		"Make room on the engine's disk: the operation Prune of the resource System tells what can go.",
	],
	[
		/unauthorized|authentication required|denied|no basic auth|forbidden/i,
		'registry_refused',
		'Check the name. A private image needs a login of the engine itself: "docker login" on its host, as the user the engine asks with.',
	],
	[
		/no such host|connection refused|timeout|deadline exceeded|x509|tls|dial tcp|\beof\b|HTTP response to HTTPS|unreachable/i,
		'registry_unreachable',
		"See that the engine's host can reach the registry: name resolution, firewall, proxy, certificate.",
	],
	[
		/manifest|not found|no such|name unknown|invalid reference/i,
		'image_missing',
		'Check the name and the tag in the registry, and that it has the image for the platform of this host.',
	],
];

function pullFailure(name: string, words: string): DockerError {
	const bare = plainText(words).replace(/^The engine answered \S+ \S+ with \d+: /, '');
	// Addresses of layers carry passes in their query.
	const said = shorten(maskSecrets(bare).replace(/(https?:\/\/[^\s"?]+)\?[^\s"]+/g, '$1?…'), 500);
	const cause = causes.find(([pattern]) => pattern.test(said));
	const [, code, remedy] = cause ?? [
		undefined,
		'engine_error' as const,
		"The engine's own log says more (on its host: journalctl -u docker).",
	];
	return new DockerError(code, `The image "${name}" was not pulled: ${said.replace(/\.?$/, '.')}`, remedy);
}
