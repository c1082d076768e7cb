import { isStickyNote, type WorkflowNode } from '../model';
import type { Rule } from './finding';

/** Sizes of the editor, in pixels of the canvas. */
const nodeSize = { width: 96, height: 96 };
const noteSize = { width: 240, height: 160 };

interface Box {
	left: number;
	top: number;
	right: number;
	bottom: number;
}

export const drawingRules: Rule[] = [
	{
		name: 'drawn-apart',
		*check({ workflow }) {
			const notes = workflow.nodes.filter(isStickyNote);
			for (const node of workflow.nodes.filter((entry) => !isStickyNote(entry)))
				for (const note of notes.filter((entry) => isPartlyIn(boxOf(node, nodeSize), noteBox(entry))))
					yield {
						node: node.name,
						message: `It lies over the edge of the note "${note.name}".`,
						remedy: 'Move one of them; a note may go round a whole node.',
					};
		},
	},
];

function noteBox(note: WorkflowNode): Box {
	const { width, height } = note.parameters;
	return boxOf(note, {
		width: Number(width ?? noteSize.width),
		height: Number(height ?? noteSize.height),
	});
}

function boxOf({ position: [left, top] }: WorkflowNode, size: { width: number; height: number }): Box {
	return { left, top, right: left + size.width, bottom: top + size.height };
}

function isPartlyIn(inner: Box, outer: Box): boolean {
	const touches =
		inner.left < outer.right &&
		inner.right > outer.left &&
		inner.top < outer.bottom &&
		inner.bottom > outer.top;
	const isInside =
		inner.left >= outer.left &&
		inner.right <= outer.right &&
		inner.top >= outer.top &&
		inner.bottom <= outer.bottom;
	return touches && !isInside;
}
