import { readFileSync } from 'node:fs';
import { imageTag, loadImages } from '../support/images/images';
import { openEditor } from '../support/n8n/browser';
import { outputItems } from '../support/n8n/executions';
import { dockerWorkflow } from '../support/n8n/sample-workflows';
import { sharedN8n } from '../support/n8n/shared';
import { startEngine, type TestEngine } from '../support/engine';
import { Scope, type ManagedProcess } from '../support/scope';

const type = 'n8n-nodes-opsdesk.dockerControl';
const n8n = sharedN8n();

/** The part of an HTML image element that is read in the browser. */
interface Image {
	src: string;
	naturalWidth: number;
}

let scope: Scope;
let engine: TestEngine;

beforeAll(async () => {
	scope = await Scope.open('e2e-host');
	engine = await startEngine(scope);
	await loadImages(engine.docker, ['web']);
});
afterAll(() => scope.close());

const engineCredential = (accessLevel: string) =>
	n8n.createCredential(`Engine, ${accessLevel}`, 'dockerApi', {
		connectionType: 'socket',
		socketPath: engine.socketPath,
		accessLevel,
		allowedContainers: '*',
		timeoutSeconds: 15,
	});

async function startContainer(name: string): Promise<string> {
	const container = await engine.docker.createContainer({ name, Image: imageTag('web') });
	await container.start();
	return container.id;
}

const startedAt = async (id: string): Promise<string> =>
	(await engine.docker.getContainer(id).inspect()).State.StartedAt;

test('a workflow restarts a real container on request', async () => {
	const id = await startContainer('shop-web');
	const workflow = await n8n.importWorkflow(
		dockerWorkflow('restart', 'restart-one', await engineCredential('control')),
	);
	await n8n.activate(workflow.id);
	const before = await startedAt(id);
	const answer = await n8n.callWebhook('restart-one', { body: { name: 'shop-web' } });
	expect(answer.status).toBe(200);
	expect(await startedAt(id)).not.toBe(before);
	const execution = await n8n.waitForExecution({ workflowId: workflow.id, status: 'success' });
	expect(outputItems(execution, 'Docker Control')).toHaveLength(1);
	await n8n.deleteWorkflow(workflow.id);
});

test('a credential for reading only does not let a workflow restart a container', async () => {
	const id = await startContainer('blog-web');
	const workflow = await n8n.importWorkflow(
		dockerWorkflow('restart', 'restart-refused', await engineCredential('read')),
	);
	await n8n.activate(workflow.id);
	const before = await startedAt(id);
	expect((await n8n.callWebhook('restart-refused', { body: { name: 'blog-web' } })).status).toBe(500);
	expect(await startedAt(id)).toBe(before);
	await n8n.waitForExecution({ workflowId: workflow.id, status: 'error' });
	await n8n.deleteWorkflow(workflow.id);
});

test('the credential test and the list of containers reach the engine', async () => {
	await startContainer('listed-web');
	const credential = await engineCredential('read');
	expect(await n8n.testCredential(credential)).toMatchObject({ status: 'OK' });
	const { results } = await n8n.catalogue.resourceLocator({
		nodeType: type,
		version: 1,
		method: 'searchContainers',
		parameters: { resource: 'container', operation: 'get' },
		credentials: { dockerApi: credential },
		filter: 'listed',
	});
	expect(results.map(({ value }) => value)).toEqual(['listed-web']);
});

/** Lets a network interface come and go, as the containers of tests beside this one do. */
function flickerNetwork(): ManagedProcess {
	const name = 'desk-flicker';
	scope.own({ kind: 'bridge', name });
	const steps = [
		`ip link add ${name} type bridge`,
		`ip address add 192.0.2.1/32 dev ${name}`,
		`ip link set ${name} up`,
		'sleep 0.2',
		`ip link del ${name}`,
		'sleep 0.2',
	];
	return scope.start('flicker', 'sh', { args: ['-c', `while :; do ${steps.join('; ')}; done`] });
}

test('the editor shows the node with its icons and without an error, whatever the network does', async () => {
	const flicker = flickerNetwork();
	const workflow = await n8n.importWorkflow(
		dockerWorkflow('restart', 'shown', await engineCredential('control')),
	);
	await n8n.activate(workflow.id);
	for (const theme of ['light', 'dark'] as const) {
		const editor = await openEditor(scope, n8n, { theme });
		const picture = scope.path(`${theme}.png`);
		await editor.screenshot(workflow.id, picture);
		const icon = editor.page.locator('[data-test-id="canvas-node"] img[src*="n8n-nodes-opsdesk"]');
		const drawn = await icon.evaluate((image: Image) => ({ src: image.src, width: image.naturalWidth }));
		expect(drawn.src).toContain(theme === 'dark' ? 'dockerControl.dark.svg' : 'dockerControl.svg');
		expect(drawn.width).toBeGreaterThan(0);
		expect(await editor.page.getByText('Production Checklist').isVisible()).toBe(false);
		expect(editor.problems).toEqual([]);
		expect(readFileSync(picture).subarray(1, 4).toString()).toBe('PNG');
		await editor.close();
	}
	await flicker.end();
	await n8n.deleteWorkflow(workflow.id);
});
