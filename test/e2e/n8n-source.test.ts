import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';

import { backUpSite, restoreSite, type BackupContext } from '../../src/backup';
import { parseSites, type Site } from '../../src/shared';
import { runCommand } from '../support/n8n/command';
import { n8nEnvironment, startN8n, startN8nServer } from '../support/n8n/host';
import { n8nInstallation } from '../support/n8n/install';
import { answeringWorkflow } from '../support/n8n/sample-workflows';
import { Scope } from '../support/scope';
import type { StoredWorkflow } from '../support/n8n/workflow';

let scope: Scope;
beforeAll(async () => {
	scope = await Scope.open('n8n-restored');
});
afterAll(() => scope.close());

test('an n8n that is backed up while it runs is restored elsewhere, and starts there with its workflows and its key', async () => {
	const { client, userFolder, process } = await startN8n(scope, { name: 'old', withPackage: false });
	const workflow = await client.importWorkflow(answeringWorkflow('restored'));
	await client.activate(workflow.id);
	// More than one page of the API.
	const names = Array.from({ length: 60 }, (_, number) => `Of many ${String(number).padStart(2, '0')}`);
	for (const name of names) {
		const body = { name, nodes: [], connections: {}, settings: {} };
		await client.publicApi('workflows', z.unknown(), { method: 'POST', body });
	}
	const [site] = parseSites({
		name: 'n8n',
		backup: { n8n: { folder: join(userFolder, '.n8n'), workflows: true } },
		destinations: [{ name: 'local', type: 'directory', path: scope.emptyFolder() }],
	});
	if (!site) throw new Error('The site was not read.');
	const n8nApi = { url: `${client.url}/api/v1`, apiKey: client.apiKey };
	const context = { stateFolder: scope.emptyFolder(), secrets: { n8nApi } };
	const { artefacts } = await backUpSite(site, context);
	expect(artefacts).toMatchObject([
		{ name: 'n8n-database', status: 'ok' },
		{ name: 'n8n-files', status: expect.stringMatching(/ok|warning/) as string },
		{ name: 'n8n-workflows', status: 'ok', entries: names.length + 6 },
	]);
	await process.end();

	const newFolder = scope.emptyFolder();
	const folder = join(newFolder, '.n8n');
	mkdirSync(folder);
	const to = { 'n8n-database': join(folder, 'database.sqlite'), 'n8n-files': folder };
	await restoreSite(site, context, { restorePoint: 'latest', to });
	const database = new DatabaseSync(to['n8n-database'], { readOnly: true });
	const all = [workflow.name, ...names].sort();
	expect(namesIn(database)).toEqual(all);
	database.close();

	await importedElsewhere(site, context, all, workflow);

	// What the backup never holds.
	copyFileSync(join(userFolder, '.n8n', 'config'), join(folder, 'config'));
	const restored = await startN8nServer(scope, { name: 'new', withPackage: false, userFolder: newFolder });
	const answer = await fetch(`${restored.url}/webhook/restored`, { method: 'POST' });
	expect(await answer.text()).toContain('Hello nobody');
});

const namesIn = (database: DatabaseSync): unknown[] =>
	database
		.prepare('select name from workflow_entity order by name')
		.all()
		.map(({ name }) => name);

/** Brings the files into an n8n that has nothing, as the recipe of the backup says. */
async function importedElsewhere(
	site: Site,
	context: BackupContext,
	names: string[],
	workflow: Pick<StoredWorkflow, 'id' | 'name'>,
): Promise<void> {
	const [folder, userFolder] = [join(scope.emptyFolder(), 'restored'), scope.emptyFolder()];
	const wanted = { restorePoint: 'latest', artefacts: ['n8n-workflows'], to: { 'n8n-workflows': folder } };
	await restoreSite(site, context, wanted);
	const file = join(folder, 'workflows', `Answer-restored-${workflow.id}.json`);
	expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ id: workflow.id, active: true });
	const published = file.replace('/workflows/', '/published/');
	expect(JSON.parse(readFileSync(published, 'utf8'))).toMatchObject({ workflowId: workflow.id });

	const { nodeBinary, n8nBinary } = await n8nInstallation();
	const args = [n8nBinary, 'import:workflow', '--separate', `--input=${join(folder, 'workflows')}`];
	// In tests of its own n8n keeps its database elsewhere.
	const env = { ...n8nEnvironment, NODE_ENV: 'production', HOME: userFolder, N8N_USER_FOLDER: userFolder };
	await runCommand(nodeBinary, args, { cwd: userFolder, env });
	const database = new DatabaseSync(join(userFolder, '.n8n/database.sqlite'), { readOnly: true });
	expect(namesIn(database)).toEqual(names);
	database.close();
}
