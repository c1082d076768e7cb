import { Worker } from 'node:worker_threads';

import { OpsdeskError, type Site } from '../../shared';
import type { BackupContext } from '../context';
import type * as operations from '../operations';
import type { OperationAnswer, OperationName, OperationRequest, TravellingContext } from './messages';
import { workerFile } from './worker-file';

type Operations = typeof operations;

type ThreadContext = TravellingContext & Pick<BackupContext, 'signal' | 'progress'>;

type InOwnThread<Name extends OperationName> = (
	site: Site,
	context: ThreadContext,
	options: Parameters<Operations[Name]>[2],
) => ReturnType<Operations[Name]>;

/**
 * The operations on backups in a thread of their own with a low priority: reading, hashing and writing would otherwise
 * take turns with n8n's workflows and webhooks on n8n's only thread. Parameters, results and errors are those of the
 * operations; an error is an OpsdeskError with the same code. A cancelled operation still ends by itself, so that it
 * can clean up.
 */
export const inOwnThread: { readonly [Name in OperationName]: InOwnThread<Name> } = {
	backUpSite: inThread('backUpSite'),
	confirmSite: inThread('confirmSite'),
	drillSite: inThread('drillSite'),
	holdSite: inThread('holdSite'),
	listKeptCopies: inThread('listKeptCopies'),
	listSite: inThread('listSite'),
	planRestore: inThread('planRestore'),
	pruneSite: inThread('pruneSite'),
	releaseSite: inThread('releaseSite'),
	removeKeptCopies: inThread('removeKeptCopies'),
	restoreSite: inThread('restoreSite'),
	statusSite: inThread('statusSite'),
	verifySite: inThread('verifySite'),
};

/** One for all operations that are under way, so that they know of each other's locks. */
let current: OperationsThread | undefined;

function inThread<Name extends OperationName>(name: Name): InOwnThread<Name> {
	const run = async (
		site: Site,
		{ signal, progress, ...context }: ThreadContext,
		options: unknown,
	): Promise<unknown> => {
		const thread = (current ??= new OperationsThread());
		try {
			const wantsProgress = progress !== undefined;
			return await thread.run({ name, site, context, options, wantsProgress }, signal, progress);
		} finally {
			if (thread.isIdle()) {
				thread.end();
				if (current === thread) current = undefined;
			}
		}
	};
	return run as InOwnThread<Name>;
}

class OperationsThread {
	private readonly worker = new Worker(workerFile(__dirname, 'operations.worker'));
	private readonly underWay = new Map<
		number,
		{
			resolve: (result: unknown) => void;
			reject: (reason: unknown) => void;
			progress: BackupContext['progress'];
		}
	>();
	private calls = 0;
	private failure: Error | undefined;

	constructor() {
		this.worker.on('message', (answer: OperationAnswer) => {
			const call = this.underWay.get(answer.call);
			if (answer.type === 'progress') call?.progress?.(answer.progress);
			else if (answer.type === 'result') call?.resolve(answer.result);
			else call?.reject(errorOf(answer));
		});
		this.worker.on('error', (error) => this.fail(error));
		this.worker.on('exit', () => this.fail(new Error('The thread of the backups has ended early.')));
	}

	async run(
		task: Omit<Extract<OperationRequest, { type: 'start' }>, 'type' | 'call'>,
		signal: AbortSignal | undefined,
		progress: BackupContext['progress'],
	): Promise<unknown> {
		if (this.failure) throw this.failure;
		const call = (this.calls += 1);
		const cancel = (): void => this.send({ type: 'cancel', call });
		try {
			return await new Promise((resolve, reject) => {
				this.underWay.set(call, { resolve, reject, progress });
				this.send({ type: 'start', call, ...task });
				signal?.addEventListener('abort', cancel);
				if (signal?.aborted) cancel();
			});
		} finally {
			signal?.removeEventListener('abort', cancel);
			this.underWay.delete(call);
		}
	}

	isIdle(): boolean {
		return this.underWay.size === 0;
	}

	end(): void {
		this.send({ type: 'end' });
	}

	private send(request: OperationRequest): void {
		this.worker.postMessage(request);
	}

	private fail(error: Error): void {
		this.failure ??= error;
		// Those that come later shall not meet it.
		if (current === this) current = undefined;
		for (const { reject } of this.underWay.values()) reject(this.failure);
	}
}

function errorOf({ message, known }: Extract<OperationAnswer, { type: 'failed' }>): Error {
	return known ? new OpsdeskError(known.code, message, known.remedy) : new Error(message);
}
