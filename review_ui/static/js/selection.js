// Which words of the note are selected, as the server counts them: in code points from the start of the text.

const length = (text) => [...text].length;

export function selectionIn(root) {
  const selection = getSelection();
  if (!root || selection.isCollapsed || !selection.rangeCount) return null;
  const range = selection.getRangeAt(0);
  if (!root.contains(range.startContainer) || !root.contains(range.endContainer)) return null;
  const before = document.createRange();
  before.setStart(root, 0);
  before.setEnd(range.startContainer, range.startOffset);
  const raw = range.toString();
  const text = raw.trim();
  if (!text) return null;
  return { text, start: length(before.toString()) + length(raw) - length(raw.trimStart()) };
}
