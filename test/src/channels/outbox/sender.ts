import { sendDue } from '../../../../src/channels/outbox';
import { telegramClient } from '../../../../src/channels/send';
import { openStore } from '../../../../src/store';

/** A worker that works the outbox off, and tells what it has settled. */
const { access, tenant, telegram, options } = JSON.parse(process.argv[2] ?? '{}') as {
	access: Parameters<typeof openStore>[0];
	tenant: string;
	telegram: Parameters<typeof telegramClient>[0];
	options: Omit<Parameters<typeof sendDue>[2], 'platform'>;
};

async function main(): Promise<void> {
	const store = openStore(access, { tenant });
	const report = await sendDue(store, telegramClient(telegram), { platform: 'telegram', ...options });
	process.stdout.write(
		JSON.stringify({ settled: report.settled.length, uncertain: report.uncertain.length }),
	);
	await store.close();
}

main().catch((thrown: unknown) => {
	process.stderr.write(`${String(thrown)}\n`);
	process.exitCode = 1;
});
