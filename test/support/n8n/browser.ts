import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import type { Scope } from '../scope';
import { programPath } from '../system-packages.cjs';
import type { N8nClient } from './client';
import { pinnedNode } from './paths';
import { forward, toDebugger, toN8n } from './secluded-browser.cjs';

/** n8n's editor in a real browser, signed in as the owner. */
export interface Editor {
	page: Page;
	/** Errors of the console and requests that failed so far, as readable lines. */
	problems: string[];
	/** Opens a workflow and waits until its nodes are drawn. */
	openWorkflow(id: string): Promise<void>;
	/** Opens a node of the workflow that is open. */
	openNode(name: string): Promise<void>;
	/** Writes a picture of what is shown into the folder of pictures. */
	picture(name: string): Promise<void>;
	/** Opens a workflow, fits it into the window and writes a PNG picture of it. */
	screenshot(workflowId: string, file: string): Promise<void>;
	close(): Promise<void>;
}

export interface EditorOptions {
	/** Default light. */
	theme?: 'light' | 'dark';
	/** Size of the window in CSS pixels. Default 1440 × 900. */
	viewport?: { width: number; height: number };
}

/** `OPSDESK_PICTURES=docs/images` keeps the pictures of the tests for the README. */
export const picturesOf = (scope: Scope): string => process.env.OPSDESK_PICTURES ?? scope.path('pictures');

const flags = [
	'--headless',
	'--no-sandbox',
	'--disable-gpu',
	'--disable-dev-shm-usage',
	'--disable-background-networking',
	'--disable-component-update',
	'--disable-sync',
	'--no-first-run',
	'--remote-debugging-port=0',
];

const seclusion = join(__dirname, 'secluded-browser.cjs');

let browsers = 0;

/** Starts a browser that ends with the scope and signs it in to the client's n8n. */
export async function openEditor(
	scope: Scope,
	client: N8nClient,
	options: EditorOptions = {},
): Promise<Editor> {
	const { browser, end } = await startBrowser(scope, new URL(client.url));
	const { theme = 'light', viewport = { width: 1440, height: 900 } } = options;
	const context = await browser.newContext({ viewport, colorScheme: theme });
	await signIn(context, client, theme);
	context.setDefaultTimeout(120_000);
	context.setDefaultNavigationTimeout(120_000);
	const page = await context.newPage();
	const editor = editorOn(page, client.url, picturesOf(scope));
	return {
		...editor,
		async close() {
			await browser.close();
			await end();
		},
	};
}

/** Chromium sometimes hangs while it starts on a busy machine; then another one is started. */
async function startBrowser(
	scope: Scope,
	n8n: URL,
	attempts = 3,
): Promise<{ browser: Browser; end: () => Promise<void> }> {
	try {
		const { debuggerUrl, profile, end } = await startSecludedBrowser(scope, n8n);
		try {
			const options = { artifactsDir: profile, isLocal: true, timeout: 30_000 };
			return { browser: await chromium.connectOverCDP(debuggerUrl, options), end };
		} catch (error) {
			await end('SIGKILL');
			throw error;
		}
	} catch (error) {
		if (attempts <= 1) throw error;
		return await startBrowser(scope, n8n, attempts - 1);
	}
}

/** Starts a browser to which there is no network but the one n8n, and makes its debugger reachable. */
async function startSecludedBrowser(
	scope: Scope,
	n8n: URL,
): Promise<{ debuggerUrl: string; profile: string; end: (signal?: NodeJS.Signals) => Promise<void> }> {
	const name = `browser-${++browsers}`;
	const profile = scope.path(name);
	await mkdir(profile);
	const outwards = await forward({ path: toN8n(profile) }, { host: n8n.hostname, port: Number(n8n.port) });
	const process = scope.start(name, 'unshare', {
		args: [
			'--net',
			pinnedNode,
			seclusion,
			profile,
			n8n.port,
			programPath('chromium'),
			...flags,
			`--user-data-dir=${profile}`,
		],
		env: { HOME: profile, TMPDIR: profile },
	});
	try {
		await process.ready(() => Promise.resolve(existsSync(toDebugger(profile))), 60_000);
	} catch (error) {
		outwards.close();
		await process.end('SIGKILL');
		throw error;
	}
	const inwards = await forward({ host: '127.0.0.1', port: 0 }, { path: toDebugger(profile) });
	// A test that forgets to close its editor must still be able to end.
	for (const server of [inwards, outwards]) server.unref();
	const { port } = inwards.address() as AddressInfo;
	const end = async (signal?: NodeJS.Signals): Promise<void> => {
		await process.end(signal);
		for (const server of [inwards, outwards]) server.close();
	};
	return { debuggerUrl: `http://127.0.0.1:${port}`, profile, end };
}

async function signIn(context: BrowserContext, client: N8nClient, theme: string): Promise<void> {
	const { authToken, browserId, url } = client.session;
	await context.addCookies([{ name: 'n8n-auth', value: authToken, url, httpOnly: true, sameSite: 'Lax' }]);
	await context.addInitScript(
		([id, chosen]) => {
			localStorage.setItem('n8n-browserId', id ?? '');
			localStorage.setItem('N8N_THEME', chosen ?? '');
		},
		[browserId, theme],
	);
}

function editorOn(page: Page, url: string, pictures: string): Omit<Editor, 'close'> {
	const problems: string[] = [];
	page.on('console', (message) => {
		if (message.type() === 'error') problems.push(`console: ${message.text()} (${message.location().url})`);
	});
	page.on('pageerror', (error) => problems.push(`page: ${error.message}`));
	page.on('response', (response) => {
		if (response.status() >= 400) problems.push(`${response.status()}: ${response.url()}`);
	});
	const openWorkflow = async (id: string): Promise<void> => {
		await page.goto(`${url}/workflow/${id}`);
		await page.locator('[data-test-id="canvas-node"]').first().waitFor({ timeout: 120_000 });
	};
	return {
		page,
		problems,
		openWorkflow,
		async openNode(name) {
			await page.locator('[data-test-id="canvas-node"]', { hasText: name }).dblclick();
			await page.locator('[data-test-id="node-parameters"]').waitFor();
		},
		async picture(name) {
			await mkdir(pictures, { recursive: true });
			await page.mouse.move(1, 1);
			await page.waitForTimeout(500);
			await page.screenshot({ path: join(pictures, `${name}.png`) });
		},
		async screenshot(workflowId, file) {
			await openWorkflow(workflowId);
			await page.waitForLoadState('networkidle');
			await closePopUps(page);
			await page.locator('[data-test-id="zoom-to-fit"]').click();
			// The pointer would leave a tooltip in the picture, and fitting is animated.
			await page.mouse.move(1, 1);
			await page.waitForTimeout(500);
			await closePopUps(page);
			await page.screenshot({ path: file });
		},
	};
}

/** The Production Checklist of an active workflow covers its nodes; a dialogue covers everything. */
async function closePopUps(page: Page): Promise<void> {
	const buttons = page.locator(
		'[data-test-id="suggested-actions-close"], [data-test-id="dialog-close-button"]',
	);
	for (const button of await buttons.filter({ visible: true }).all()) {
		await button.click();
		await button.waitFor({ state: 'hidden' });
	}
}
