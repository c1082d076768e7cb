import { parentPort } from 'node:worker_threads';

import { errorMessage, OpsdeskError, type Site } from '../../shared';
import type { BackupContext, BackupProgress } from '../context';
import * as operations from '../operations';
import { giveWay, letThreadsRest } from './give-way';
import type { OperationAnswer, OperationRequest } from './messages';

if (!parentPort) throw new Error('The operations on backups run as a worker thread.');
const port = parentPort;
giveWay();
letThreadsRest();

const cancelling = new Map<number, AbortController>();

port.on('message', (request: OperationRequest) => {
	// The thread ends by itself as soon as nothing is under way any more.
	if (request.type === 'end') port.close();
	else if (request.type === 'cancel') cancelling.get(request.call)?.abort();
	else void carryOut(request).then((answer) => port.postMessage(answer));
});

async function carryOut(request: Extract<OperationRequest, { type: 'start' }>): Promise<OperationAnswer> {
	const { call, name, site, context, options, wantsProgress } = request;
	const operation = operations[name] as (
		site: Site,
		context: BackupContext,
		options: unknown,
	) => Promise<unknown>;
	const controller = new AbortController();
	cancelling.set(call, controller);
	try {
		const progress = (progress: BackupProgress): void =>
			port.postMessage({ type: 'progress', call, progress } satisfies OperationAnswer);
		const result = await operation(
			site as Site,
			{ ...context, signal: controller.signal, ...(wantsProgress && { progress }) },
			options,
		);
		return { type: 'result', call, result };
	} catch (thrown) {
		const known =
			thrown instanceof OpsdeskError ? { code: String(thrown.code), remedy: thrown.remedy } : undefined;
		return { type: 'failed', call, message: errorMessage(thrown), ...(known && { known }) };
	} finally {
		cancelling.delete(call);
	}
}
