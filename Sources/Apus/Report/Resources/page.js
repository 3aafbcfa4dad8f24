
'use strict';
// The page works without this script, which sorts and filters tables, enlarges images and copies code.

const make = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
};

// Tables. The first click on a number column sorts it by value in descending order. Missing values always come last.
const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

function sort(table, place, header) {
    const isNumeric = header.classList.contains('number');
    const isAscending = header.getAttribute('aria-sort')
        ? header.getAttribute('aria-sort') !== 'ascending' : !isNumeric;
    const direction = isAscending ? 1 : -1;
    const keys = new Map([...table.tBodies[0].rows].map(row => {
        const cell = row.cells[place];
        return [row, isNumeric ? ('value' in cell.dataset ? Number(cell.dataset.value) : null) : cell.textContent];
    }));
    const rows = [...keys.keys()].sort((first, second) => {
        const [a, b] = [keys.get(first), keys.get(second)];
        if (a === null || b === null) return (a === null) - (b === null);
        return direction * (isNumeric ? a - b : collator.compare(a, b));
    });
    table.tBodies[0].append(...rows);
    for (const other of table.tHead.rows[0].cells) other.removeAttribute('aria-sort');
    header.setAttribute('aria-sort', isAscending ? 'ascending' : 'descending');
}

function addFilter(frame, table) {
    const rows = [...table.tBodies[0].rows];
    const count = make('span', { textContent: `${rows.length} rows` });
    count.setAttribute('aria-live', 'polite');
    const field = make('input', { type: 'search', placeholder: 'Filter' });
    field.setAttribute('aria-label', `Filter: ${table.caption.textContent}`);
    field.addEventListener('input', () => {
        const query = field.value.trim().toLowerCase();
        let shown = 0;
        for (const row of rows) {
            row.hidden = !row.textContent.toLowerCase().includes(query);
            shown += row.hidden ? 0 : 1;
        }
        count.textContent = query ? `${shown} of ${rows.length} rows` : `${rows.length} rows`;
    });
    frame.before(make('div', { className: 'filter' }, field, count));
}

for (const frame of document.querySelectorAll('.table')) {
    const table = frame.querySelector('table');
    if (table.tBodies[0].rows.length > 2) {
        for (const [place, header] of [...table.tHead.rows[0].cells].entries()) {
            if (header.textContent === '') continue;
            const button = make('button', { type: 'button' }, ...header.childNodes);
            button.addEventListener('click', () => sort(table, place, header));
            header.append(button);
        }
    }
    if (frame.classList.contains('long')) addFilter(frame, table);
}

// Images. The dialog steps through the images of one gallery.
const stage = make('div', { className: 'stage' });
const words = make('p', { className: 'words' });
const step = (label, name, by) => {
    const button = make('button', { type: 'button', textContent: label });
    button.setAttribute('aria-label', name);
    button.addEventListener('click', () => show(by));
    return button;
};
const close = make('button', { type: 'button', textContent: 'Close' });
const steps = [step('\u2190', 'Previous image', -1), step('\u2192', 'Next image', 1)];
const dialog = make('dialog', {}, make('div', { className: 'bar' }, ...steps, close), stage, words);
dialog.setAttribute('aria-label', 'Enlarged image');
document.body.append(dialog);
let row = [], current = 0;

function show(by) {
    if (row.length === 0) return;
    current = (current + by + row.length) % row.length;
    const figure = row[current];
    const picture = figure.querySelector('picture').cloneNode(true);
    picture.querySelector('img').className = figure.classList.contains('drawing') ? 'drawn' : 'small';
    stage.replaceChildren(picture);
    words.replaceChildren(...[...figure.querySelector('figcaption').childNodes].map(node => node.cloneNode(true)));
    for (const button of steps) button.hidden = row.length < 2;
}

close.addEventListener('click', () => dialog.close());
stage.addEventListener('click', event => { if (event.target === stage) dialog.close(); });
dialog.addEventListener('keydown', event => {
    if (event.key === 'ArrowLeft') show(-1);
    if (event.key === 'ArrowRight') show(1);
});

for (const picture of document.querySelectorAll('figure picture')) {
    const figure = picture.closest('figure');
    const button = make('button', { type: 'button', className: 'zoom' });
    button.setAttribute('aria-label', `Enlarge: ${picture.querySelector('img').alt}`);
    picture.replaceWith(button);
    button.append(picture);
    button.addEventListener('click', () => {
        const gallery = figure.closest('.gallery');
        row = gallery ? [...gallery.querySelectorAll('figure')] : [figure];
        current = row.indexOf(figure);
        show(0);
        dialog.showModal();
    });
}

// Code to copy. If the browser forbids copying, the code is selected instead.
for (const figure of document.querySelectorAll('.code')) {
    const code = figure.querySelector('code');
    const button = make('button', { type: 'button', className: 'copy', textContent: 'Copy' });
    button.addEventListener('click', async () => {
        try {
            await navigator.clipboard.writeText(code.textContent);
            button.textContent = 'Copied';
            setTimeout(() => { button.textContent = 'Copy'; }, 1500);
        } catch {
            getSelection().selectAllChildren(code);
        }
    });
    figure.append(button);
}

// Before printing, all folded parts are opened; afterwards they are closed again.
let opened = [];
addEventListener('beforeprint', () => {
    opened = [...document.querySelectorAll('details:not([open])')];
    for (const element of opened) element.open = true;
});
addEventListener('afterprint', () => { for (const element of opened) element.open = false; });
