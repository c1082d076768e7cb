import { startN8n } from './n8n/host';
import { installPackage, sharePackage } from './n8n/package';
import { shareN8n } from './n8n/shared';
import { Scope } from './scope';

declare global {
	var sharedN8nScope: Scope | undefined;
}

/** Installs the package once for all n8n that the tests start, and starts the one that those of the project `n8n` share. */
export default async function setUp(): Promise<void> {
	const scope = await Scope.open('shared-n8n');
	globalThis.sharedN8nScope = scope;
	try {
		const installed = scope.path('package', 'nodes');
		await installPackage(installed);
		sharePackage(installed);
		const { client } = await startN8n(scope);
		shareN8n(client.session);
	} catch (error) {
		await scope.close();
		const reason = error instanceof Error ? error.message : String(error);
		throw new Error(`The n8n shared by the tests did not start. ${reason}`, { cause: error });
	}
}
