// Charts as SVG elements. Colors come from views.css by class, so that they follow the theme. Every chart carries its
// numbers as text too: a sentence as its name, and a table where a sentence cannot hold them.

import { h } from './ui.js';
import { t, formatNumber, formatPercent } from './words.js';

const svg = (tag, attributes = {}, ...children) => {
    const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
};

/** Round steps (1, 2 or 5 times a power of ten) that cover a range. */
export function ticks(low, high, count, isWhole = false) {
    const raw = Math.max((high - low) / Math.max(1, count), 1e-9);
    const power = 10 ** Math.floor(Math.log10(raw));
    let step = [1, 2, 5, 10].map(factor => factor * power).find(step => step >= raw * 0.999);
    if (isWhole) step = Math.max(1, Math.round(step));
    const values = [];
    for (let index = Math.ceil(low / step - 1e-6); index * step <= high + step * 1e-6; index++) values.push(index * step || 0);
    return values;
}

const short = value => formatNumber(value, Math.abs(value) >= 10 ? 1 : Math.abs(value) >= 0.1 ? 2 : 4);

/**
 * A chart of lines over epochs that is drawn again in place when its data changes.
 * A series: {name, color: 0…5, kind: "main" | "soft" | "dashed", points: [[x, y]]}.
 */
export class LineChart {
    constructor({ title, testid, yLabel = short, percent = false, xLabel }) {
        Object.assign(this, { title, yLabel, percent, xLabel, series: [], xEnd: 1 });
        this.svg = svg('svg', { role: 'img', class: 'plot', height: 230 });
        this.readout = h('div', { class: 'plot-readout', hidden: true, 'aria-hidden': 'true' });
        this.legend = h('ul', { class: 'legend' });
        this.table = h('div', { class: 'table-scroll', tabindex: '0', role: 'region', 'aria-label': title });
        this.details = h('details', { class: 'plot-table', ontoggle: () => this.fillTable() },
            h('summary', {}, t('chart.table')), this.table);
        this.element = h('figure', { class: 'chart', 'data-testid': testid },
            h('figcaption', {}, title), h('div', { class: 'plot-box' }, this.svg, this.readout),
            this.legend, this.details);
        this.svg.addEventListener('pointermove', event => this.point(event));
        this.svg.addEventListener('pointerleave', () => this.point(null));
        this.observer = new ResizeObserver(() => this.draw());
        this.observer.observe(this.svg.parentElement);
    }

    update(series, xEnd) {
        this.series = series;
        this.xEnd = xEnd;
        this.draw();
        this.fillTable();
    }

    remove() { this.observer.disconnect(); }

    draw() {
        const width = this.svg.parentElement.clientWidth, height = 230;
        if (width === 0) return;
        const margin = { left: 46, right: 12, top: 10, bottom: 40 };
        const points = this.series.flatMap(series => series.points).filter(point => Number.isFinite(point[1]));
        let low = 0, high = this.percent ? 1 : Math.max(0.1, ...points.map(point => point[1]));
        if (this.percent && points.length > 0) {
            // Accuracies of 90 % and more would be one flat line on a scale from 0.
            low = Math.max(0, Math.floor((Math.min(...points.map(point => point[1])) - 0.05) * 10) / 10);
        } else if (points.length > 8) {
            // The first steps may be far above the rest. They must not press it flat.
            const sorted = points.map(point => point[1]).sort((a, b) => a - b);
            high = Math.min(high, sorted[Math.floor(sorted.length * 0.98)] * 1.25 + 1e-6);
        }
        const xs = this.scaleX = value => margin.left + (width - margin.left - margin.right) * value / this.xEnd;
        const ys = value => height - margin.bottom
            - (height - margin.top - margin.bottom) * (Math.min(value, high) - low) / (high - low || 1);
        this.svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
        this.svg.setAttribute('width', width);
        this.svg.setAttribute('aria-label', this.sentence());
        const parts = [];
        for (const value of ticks(low, high, 4)) {
            parts.push(svg('line', { class: 'grid-line', x1: margin.left, x2: width - margin.right, y1: ys(value), y2: ys(value) }),
                svg('text', { class: 'tick', x: margin.left - 8, y: ys(value) + 4, 'text-anchor': 'end' }, this.percent ? formatPercent(value, 0) : this.yLabel(value)));
        }
        for (const value of ticks(0, this.xEnd, Math.min(8, width / 70), true)) {
            parts.push(svg('text', { class: 'tick', x: xs(value), y: height - 23, 'text-anchor': 'middle' }, formatNumber(value)));
        }
        if (this.xLabel) {
            parts.push(svg('text', { class: 'tick', x: (margin.left + width - margin.right) / 2, y: height - 5, 'text-anchor': 'middle' }, this.xLabel));
        }
        for (const series of this.series) {
            const usable = series.points.filter(point => Number.isFinite(point[1]));
            const path = usable.map(([x, y], index) => `${index ? 'L' : 'M'}${xs(x).toFixed(1)} ${ys(y).toFixed(1)}`).join('');
            const kind = `series-${series.color} ${series.kind}`;
            parts.push(svg('path', { class: `line ${kind}`, d: path }));
            if (series.kind !== 'soft' && usable.length > 0 && usable.length <= 60) {
                for (const [x, y] of usable) parts.push(svg('circle', { class: `dot ${kind}`, cx: xs(x), cy: ys(y), r: 2.5 }));
            }
        }
        this.cursor = svg('line', { class: 'cursor', y1: margin.top, y2: height - margin.bottom, visibility: 'hidden' });
        this.svg.replaceChildren(...parts, this.cursor);
        const named = this.series.filter(series => series.name);
        this.legend.replaceChildren(...named.map(series => h('li', {}, stroke(series), h('span', {}, series.name))));
    }

    sentence() {
        const ends = this.series.filter(series => series.name && series.points.length > 0)
            .map(series => `${series.name}: ${this.yLabel(series.points.at(-1)[1])}`);
        return ends.length ? `${this.title}. ${ends.join('. ')}.` : `${this.title}. ${t('chart.empty')}`;
    }

    // The values at the pointer, of every line, at the nearest point that has one.
    point(event) {
        const series = this.series.filter(series => series.name && series.points.length > 0);
        this.readout.hidden = !event || series.length === 0;
        this.cursor?.setAttribute('visibility', this.readout.hidden ? 'hidden' : 'visible');
        if (this.readout.hidden) return;
        const x = event.clientX - this.svg.getBoundingClientRect().left;
        const nearest = points => points.reduce((best, point) =>
            Math.abs(this.scaleX(point[0]) - x) < Math.abs(this.scaleX(best[0]) - x) ? point : best);
        const at = nearest(series.filter(one => one.kind !== 'soft').flatMap(one => one.points).concat(series[0].points))[0];
        this.cursor.setAttribute('x1', this.scaleX(at));
        this.cursor.setAttribute('x2', this.scaleX(at));
        this.readout.replaceChildren(h('b', {}, t('chart.epoch', { epoch: short(at) })),
            ...series.map(one => h('div', {}, stroke(one), h('span', {}, one.name),
                h('b', {}, this.yLabel(nearest1(one.points, at)[1])))));
        const isRight = x > this.svg.clientWidth / 2;
        this.readout.style.left = isRight ? 'auto' : `${this.scaleX(at) + 10}px`;
        this.readout.style.right = isRight ? `${this.svg.clientWidth - this.scaleX(at) + 10}px` : 'auto';
    }

    fillTable() {
        if (!this.details.open) return;
        const columns = this.series.filter(series => series.name && series.kind !== 'soft');
        const rows = [...new Set(columns.flatMap(series => series.points.map(point => point[0])))].sort((a, b) => a - b);
        this.table.replaceChildren(h('table', { class: 'data' },
            h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, t('train.epoch')),
                columns.map(series => h('th', { scope: 'col' }, series.name)))),
            h('tbody', {}, rows.map(x => h('tr', {}, h('th', { scope: 'row' }, formatNumber(x)), columns.map(series => {
                const value = series.points.find(point => point[0] === x)?.[1];
                return h('td', {}, value === undefined ? '–' : this.yLabel(value));
            }))))));
    }
}

const nearest1 = (points, x) => points.reduce((best, point) => Math.abs(point[0] - x) < Math.abs(best[0] - x) ? point : best);

/** The short stroke that ties a name to its line. */
function stroke(series) {
    const line = svg('svg', { class: 'stroke', width: 22, height: 10, 'aria-hidden': 'true' });
    line.append(svg('path', { class: `line series-${series.color} ${series.kind}`, d: 'M1 5H21' }));
    return line;
}

/** Bars of probabilities. An item: {name, value 0…1, note, isChosen}. */
export function probabilityBars(items, testid) {
    return h('ul', { class: 'bars' }, items.map(item => {
        const fill = h('span', { class: 'bar-fill' });
        fill.style.inlineSize = `${Math.max(0.4, item.value * 100)}%`;
        return h('li', { class: item.isChosen ? 'chosen' : null, 'data-testid': testid, 'data-class': item.name },
            h('span', { class: 'bar-name' }, item.name), h('b', {}, formatPercent(item.value)),
            h('span', {
                class: 'bar', role: 'meter', 'aria-label': item.name, 'aria-valuemin': '0', 'aria-valuemax': '100',
                'aria-valuenow': (item.value * 100).toFixed(1), 'aria-valuetext': formatPercent(item.value),
            }, fill));
    }));
}

/** Accuracy over confidence. On the diagonal a model is as often right as it says. */
export function reliabilityDiagram(calibration) {
    const size = 300, left = 46, top = 8, side = size - left - 12;
    const x = value => left + side * value, y = value => top + side * (1 - value);
    const bins = calibration.bins.filter(bin => bin.count > 0);
    const most = Math.max(1, ...bins.map(bin => bin.count));
    const plot = svg('svg', {
        role: 'img', class: 'plot reliability', viewBox: `0 0 ${size} ${size}`,
        'aria-label': `${t('results.calibration')}. ${bins.map(bin => t('results.binText', {
            confidence: formatPercent(bin.confidence), accuracy: formatPercent(bin.accuracy), count: bin.count,
        })).join(' ')}`,
    });
    for (const value of [0, 0.25, 0.5, 0.75, 1]) {
        plot.append(svg('line', { class: 'grid-line', x1: x(0), x2: x(1), y1: y(value), y2: y(value) }),
            svg('text', { class: 'tick', x: left - 8, y: y(value) + 4, 'text-anchor': 'end' }, formatPercent(value, 0)));
        if (value !== 0.25 && value !== 0.75) {
            plot.append(svg('text', { class: 'tick', x: x(value), y: y(0) + 16, 'text-anchor': value === 1 ? 'end' : 'middle' },
                formatPercent(value, 0)));
        }
    }
    for (const bin of bins) {
        const bar = svg('rect', {
            class: 'bin', x: x(bin.low) + 1, width: Math.max(1, x(bin.high) - x(bin.low) - 2),
            y: y(bin.accuracy), height: Math.max(1, y(0) - y(bin.accuracy)),
        });
        // Bars of few photos are pale: their height means little.
        bar.style.opacity = 0.35 + 0.65 * Math.sqrt(bin.count / most);
        bar.append(svg('title', {}, t('results.binText', {
            confidence: formatPercent(bin.confidence), accuracy: formatPercent(bin.accuracy), count: bin.count,
        })));
        plot.append(bar);
    }
    plot.append(svg('line', { class: 'diagonal', x1: x(0), y1: y(0), x2: x(1), y2: y(1) }),
        svg('text', { class: 'tick', x: x(0.5), y: y(0) + 33, 'text-anchor': 'middle' }, t('results.confidence')));
    return plot;
}
