// The directions in which this package's parts may import each other, as a lint rule.
import { dirname, join, relative, resolve, sep } from 'node:path';

const root = resolve(import.meta.dirname, '../../..');

/** Areas an area may use besides src/shared, which every one may use. The command line may use all. */
const AREA_IMPORTS = {
	shared: [],
	docker: [],
	store: [],
	backup: ['docker'],
	check: ['docker'],
	chat: ['store'],
	sla: ['store'],
	channels: ['store'],
	decide: ['store', 'chat', 'sla', 'channels'],
};

const PROCESS_STARTER = join('src', 'shared', 'process.ts');

/** The part of the package a path below the root belongs to, e.g. `nodes` or `src/docker`. */
function partOf(path) {
	const [top = '', second = ''] = path.split(sep);
	return top === 'src' ? `src/${second}` : top;
}

const areaOf = (part) => (part.startsWith('src/') ? part.slice(4) : undefined);

function mayUse(part, area) {
	if (area === 'cli') return false;
	const own = areaOf(part);
	return own === undefined || own === 'cli' || area === 'shared' || (AREA_IMPORTS[own] ?? []).includes(area);
}

/** Why `file` must not import `specifier`, or undefined when it may. */
function objection(file, specifier) {
	const path = relative(root, file);
	const part = partOf(path);
	if (!specifier.startsWith('.')) return packageObjection(path, part, specifier);
	const target = relative(root, resolve(dirname(file), specifier));
	const targetPart = partOf(target);
	if (targetPart === part) return undefined;
	const area = areaOf(targetPart);
	if (area === undefined) {
		// A node names its credential's class and an icon beside it; src stands alone.
		return areaOf(part) === undefined && targetPart !== 'test'
			? undefined
			: `${part} must not import from ${targetPart}/`;
	}
	if (!mayUse(part, area)) return `${part} must not use src/${area}`;
	const door = join('src', area);
	const isDoor = [door, join(door, 'index'), join(door, 'index.js'), join(door, 'index.ts')].includes(target);
	return isDoor ? undefined : `src/${area} is used through its index only`;
}

function packageObjection(path, part, specifier) {
	if (/^(node:)?child_process$/.test(specifier) && path !== PROCESS_STARTER) {
		return `child_process is used in ${PROCESS_STARTER} only`;
	}
	const isN8n = /^(@n8n\/|n8n-)/.test(specifier);
	if (areaOf(part) !== undefined)
		return isN8n ? `src knows nothing of n8n: ${specifier} belongs into nodes/` : undefined;
	return isN8n && specifier !== 'n8n-workflow'
		? `${specifier} is not there when n8n loads this package`
		: undefined;
}

const literal = (node) =>
	node?.type === 'Literal' && typeof node.value === 'string' ? node.value : undefined;

const importDirection = {
	meta: {
		type: 'problem',
		docs: {
			description: 'Parts of the package import each other in one direction and through index.ts only',
		},
		schema: [],
		messages: { forbidden: '{{ reason }}.' },
	},
	create(context) {
		const check = (node, source) => {
			const specifier = literal(source);
			const reason = specifier === undefined ? undefined : objection(context.filename, specifier);
			if (reason !== undefined) context.report({ node, messageId: 'forbidden', data: { reason } });
		};
		return {
			ImportDeclaration: (node) => check(node, node.source),
			ExportAllDeclaration: (node) => check(node, node.source),
			ExportNamedDeclaration: (node) => check(node, node.source),
			ImportExpression: (node) => check(node, node.source),
			TSImportType: (node) => check(node, node.argument?.literal ?? node.source ?? node.argument),
			TSExternalModuleReference: (node) => check(node, node.expression),
			CallExpression: (node) => node.callee.name === 'require' && check(node, node.arguments[0]),
		};
	},
};

export default { rules: { 'import-direction': importDirection } };
