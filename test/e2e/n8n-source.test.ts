import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { backUpSite, restoreSite } from '../../src/backup';
import { parseSites } from '../../src/shared';
import { startN8n, startN8nServer } from '../support/n8n/host';
import { answeringWorkflow } from '../support/n8n/sample-workflows';
import { Scope } from '../support/scope';

let scope: Scope;
beforeAll(async () => {
	scope = await Scope.open('n8n-restored');
});
afterAll(() => scope.close());

test('an n8n that is backed up while it runs is restored elsewhere, and starts there with its workflows and its key', async () => {
	const { client, userFolder, process } = await startN8n(scope, { name: 'old', withPackage: false });
	const workflow = await client.importWorkflow(answeringWorkflow('restored'));
	await client.activate(workflow.id);
	const [site] = parseSites({
		name: 'n8n',
		backup: { n8n: { folder: join(userFolder, '.n8n') } },
		destinations: [{ name: 'local', type: 'directory', path: scope.emptyFolder() }],
	});
	if (!site) throw new Error('The site was not read.');
	const context = { stateFolder: scope.emptyFolder() };
	const { artefacts } = await backUpSite(site, context);
	expect(artefacts).toMatchObject([
		{ name: 'n8n-database', status: 'ok' },
		{ name: 'n8n-files', status: expect.stringMatching(/ok|warning/) as string },
	]);
	await process.end();

	const newFolder = scope.emptyFolder();
	const folder = join(newFolder, '.n8n');
	mkdirSync(folder);
	const to = { 'n8n-database': join(folder, 'database.sqlite'), 'n8n-files': folder };
	await restoreSite(site, context, { restorePoint: 'latest', to });
	const database = new DatabaseSync(to['n8n-database'], { readOnly: true });
	expect(database.prepare('select id, name from workflow_entity').all()).toEqual([
		expect.objectContaining({ id: workflow.id, name: workflow.name }),
	]);
	database.close();

	// What the backup never holds.
	copyFileSync(join(userFolder, '.n8n', 'config'), join(folder, 'config'));
	const restored = await startN8nServer(scope, { name: 'new', withPackage: false, userFolder: newFolder });
	const answer = await fetch(`${restored.url}/webhook/restored`, { method: 'POST' });
	expect(await answer.text()).toContain('Hello nobody');
}, 180_000);
