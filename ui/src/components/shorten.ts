/** The beginning and end of a long text, with an ellipsis in the middle; short texts stay whole. */
export function shorten(text: string, head = 8, tail = 6): string {
  const letters = [...text];
  if (letters.length <= head + tail + 1) return text;
  return `${letters.slice(0, head).join('')}…${letters.slice(-tail).join('')}`;
}

/** Puts a text on the clipboard; false where the machine refused. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

/** Older webviews refuse the clipboard to a local page, but still copy what is selected. */
function copyBySelection(text: string): boolean {
  const field = document.createElement('textarea');
  field.value = text;
  field.className = 'visually-hidden';
  document.body.append(field);
  field.select();
  const isCopied = document.execCommand('copy');
  field.remove();
  return isCopied;
}
