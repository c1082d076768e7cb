import { runRetention } from '../../../src/chat';
import { openStore } from '../../../src/store';

/** A process that runs retention and says after each batch how far it is. */
const { access, tenant, batchSize } = JSON.parse(process.argv[2] ?? '{}') as {
	access: Parameters<typeof openStore>[0];
	tenant: string;
	batchSize: number;
};

async function main(): Promise<void> {
	const store = openStore(access, { tenant });
	await runRetention(store, {
		dryRun: false,
		batchSize,
		onProgress: (removed) => void process.stdout.write(`${removed}\n`),
	});
	await store.close();
}

main().catch((thrown: unknown) => {
	process.stderr.write(`${String(thrown)}\n`);
	process.exitCode = 1;
});
