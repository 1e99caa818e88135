import { figure, ratio } from './figures.js';

const width = 760;
const labelWidth = 150;
const valueWidth = 130;
const rowHeight = 20;
const panelGap = 26;
const titleHeight = 24;
const headHeight = 46;

/** @param {string} text */
const escape = (text) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

/**
 * Where a panel's scale ends. One server far slower than all others would leave nothing to see of
 * them, so bars longer than 1.6 times node:http's (or the second longest) are cut, and say so.
 *
 * @param {readonly import('./summary.js').Summary[]} summaries
 */
function scaleEnd(summaries) {
  const values = summaries.map(({ main }) => main).sort((a, b) => b - a);
  const usual = summaries.find(({ peer }) => peer === 'node-http')?.main ?? values[1];
  return Math.max(Math.min(values[0] ?? 1, 1.6 * (usual ?? Infinity)), Number.EPSILON);
}

/**
 * @param {{ scenario: import('../scenarios/index.js').Scenario, summaries: readonly import('./summary.js').Summary[] }} measured
 * @param {number} top
 */
function panel({ scenario, summaries }, top) {
  const end = scaleEnd(summaries);
  const room = width - labelWidth - valueWidth;
  const unit =
    scenario.kind === 'client'
      ? `µs per ${scenario.unit}`
      : scenario.kind === 'idle'
        ? 'KiB per connection'
        : 'CPU µs per request';
  const bars = summaries.map(({ peer, title, main, toFloor }, index) => {
    const y = top + titleHeight + index * rowHeight;
    const isCut = main > end;
    const length = Math.max(1, (Math.min(main, end) / end) * room);
    const right = labelWidth + length;
    const cut = isCut
      ? `<path class="cut" d="M${right - 14} ${y + 17}l6 -16M${right - 9} ${y + 17}l6 -16"/>`
      : '';
    const compared = toFloor === undefined || peer === 'floor' ? '' : `  ${ratio(toFloor)} floor`;
    return (
      `<text class="label" x="${labelWidth - 8}" y="${y + 13}">${escape(title)}</text>` +
      `<rect class="${peer === 'gudeg' ? 'own' : peer === 'floor' ? 'floor' : 'peer'}" ` +
      `x="${labelWidth}" y="${y + 2}" width="${length.toFixed(1)}" height="${rowHeight - 5}" rx="2"/>` +
      `${cut}<text class="value" x="${(right + 6).toFixed(1)}" y="${y + 13}">` +
      `${figure(main)}<tspan class="ratio">${compared}</tspan></text>`
    );
  });
  return (
    `<text class="title" x="${labelWidth}" y="${top + 14}">${escape(scenario.title)}` +
    `<tspan class="ratio">  ${unit}</tspan></text>\n${bars.join('\n')}`
  );
}

/**
 * The plot: a panel of horizontal bars for each scenario, shorter is better.
 *
 * @param {readonly { scenario: import('../scenarios/index.js').Scenario, summaries: readonly import('./summary.js').Summary[] }[]} measured
 * @param {string} caption
 * @returns {string} An SVG document.
 */
export function barChart(measured, caption) {
  let top = headHeight;
  const panels = measured.map((one) => {
    const drawn = panel(one, top);
    top += titleHeight + one.summaries.length * rowHeight + panelGap;
    return drawn;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${top}" width="${width}" height="${top}" role="img" aria-label="Cost per request, shorter is better">
<style>
text { font: 12px system-ui, sans-serif; fill: #333; white-space: pre }
.title { font-size: 13px; font-weight: 600; fill: #111 }
.label { text-anchor: end }
.value { fill: #111 }
.ratio, .caption { fill: #777; font-weight: 400; font-size: 11px }
.own { fill: #0a7d5a } .floor { fill: #c9c9c9 } .peer { fill: #8fb0d3 }
.cut { stroke: #fff; stroke-width: 2; fill: none }
</style>
<rect width="${width}" height="${top}" fill="#fff"/>
<text class="caption" x="16" y="24">${escape(caption)}; shorter is better</text>
${panels.join('\n')}
</svg>
`;
}
