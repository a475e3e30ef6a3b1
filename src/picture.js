// The picture on the stage as a file of its own: an SVG that needs no style
// sheet, no script and no font.

/** What is handed down from an element to those within. */
const INHERITED = [
  'fill', 'fill-opacity', 'stroke', 'stroke-width', 'stroke-dasharray', 'stroke-linecap', 'stroke-linejoin',
  'stroke-opacity', 'fill-rule', 'paint-order', 'font-family', 'font-size', 'font-style', 'font-weight', 'text-anchor',
];
/** What the file keeps of the page's attributes. */
const GEOMETRY = new Set([
  'viewBox', 'd', 'x', 'y', 'width', 'height', 'rx', 'ry', 'cx', 'cy', 'r', 'x1', 'y1', 'x2', 'y2',
  'transform', 'points', 'pathLength', 'xmlns',
]);

const isPaint = (paint) => paint !== 'none' && paint !== 'rgba(0, 0, 0, 0)';

function plain(element, above) {
  const style = getComputedStyle(element);
  if (style.display === 'none' || style.visibility === 'hidden' || style.opacity === '0') return null;
  const copy = element.cloneNode(false);
  for (const { name } of [...copy.attributes]) if (!GEOMETRY.has(name)) copy.removeAttribute(name);
  for (const name of INHERITED) {
    const value = style.getPropertyValue(name);
    if (value !== above?.getPropertyValue(name)) copy.setAttribute(name, value.replaceAll('"', "'"));
  }
  if (style.opacity !== '1') copy.setAttribute('opacity', style.opacity);
  for (const child of element.childNodes) {
    const kept = child.nodeType === Node.TEXT_NODE ? child.cloneNode() : child.nodeType === Node.ELEMENT_NODE && plain(child, style);
    if (kept) copy.append(kept);
  }
  const isSeen = {
    g: () => copy.hasChildNodes(),
    text: () => copy.textContent,
    svg: () => true,
  }[copy.tagName] ?? (() => (isPaint(style.fill) || isPaint(style.stroke)) && copy.getAttribute('d') !== '');
  return isSeen() ? copy : null;
}

/** The present picture of an SVG element as text, with a title. */
export function still(svg, title) {
  const copy = plain(svg, null);
  const { width, height } = svg.viewBox.baseVal ?? {};
  copy.setAttribute('width', width);
  copy.setAttribute('height', height);
  const paper = document.createElementNS(svg.namespaceURI, 'rect');
  paper.setAttribute('width', '100%');
  paper.setAttribute('height', '100%');
  paper.setAttribute('stroke', 'none');
  paper.setAttribute('fill', getComputedStyle(document.body).backgroundColor);
  const name = document.createElementNS(svg.namespaceURI, 'title');
  name.textContent = title;
  copy.prepend(name, paper);
  return new XMLSerializer().serializeToString(copy);
}
