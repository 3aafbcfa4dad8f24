// Elements and icons.

const properties = new Set(['value', 'checked', 'selected', 'indeterminate', 'srcObject', 'muted', 'scrollTop']);

function fill(element, props, children) {
    for (const [key, value] of Object.entries(props ?? {})) {
        if (value === null || value === undefined) continue;
        if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
        else if (key === 'class') element.setAttribute('class', Array.isArray(value) ? value.filter(Boolean).join(' ') : value);
        else if (key === 'dataset') Object.assign(element.dataset, value);
        // Set by the CSSOM: the policy of the page forbids style attributes.
        else if (key === 'style') for (const [name, each] of Object.entries(value)) element.style.setProperty(name.startsWith('--') ? name : name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`), each);
        else if (properties.has(key)) element[key] = value;
        else if (key.startsWith('aria-') || typeof value !== 'boolean') element.setAttribute(key, value);
        else if (value) element.setAttribute(key, '');
    }
    element.append(...children.flat(Infinity).filter(child => child !== null && child !== undefined && child !== false).map(child => child instanceof Node ? child : String(child)));
    if (element.tagName === 'SELECT' && props?.value !== undefined) element.value = props.value;
    return element;
}

/** An element. Text is always text: nothing of what a user or a file names is read as HTML. */
export const h = (tag, props = {}, ...children) => fill(document.createElement(tag), props, children);

/** An element of SVG. */
export const svg = (tag, props = {}, ...children) => fill(document.createElementNS('http://www.w3.org/2000/svg', tag), props, children);

const shapes = {
    data: 'M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z',
    label: 'M3 12.5V4a1 1 0 0 1 1-1h8.5L21 11.5 11.5 21zM8 8h.01',
    clean: 'M12 3l1.8 5.2L19 10l-5.2 1.8L12 17l-1.8-5.2L5 10l5.2-1.8zM19 16v5M16.5 18.5h5M5 3v4M3 5h4',
    train: 'M3 20h18M4 16l5-6 4 4 7-9M15 5h5v5',
    results: 'M4 20V10M10 20V4M16 20v-8M22 20H2',
    try: 'M4 8h3l2-3h6l2 3h3a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V9a1 1 0 0 1 1-1zM12 17a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7z',
    use: 'M12 3l8 4.5v9L12 21l-8-4.5v-9zM4 7.5l8 4.5 8-4.5M12 12v9',
    undo: 'M8 5L4 9l4 4M4 9h10a6 6 0 0 1 0 12h-3',
    redo: 'M16 5l4 4-4 4M20 9H10a6 6 0 0 0 0 12h3',
    close: 'M6 6l12 12M18 6L6 18',
    check: 'M5 12.5l4.5 4.5L19 7.5',
    plus: 'M12 5v14M5 12h14',
    minus: 'M5 12h14',
    more: 'M6 12a1 1 0 1 1-2 0 1 1 0 0 1 2 0zM13 12a1 1 0 1 1-2 0 1 1 0 0 1 2 0zM20 12a1 1 0 1 1-2 0 1 1 0 0 1 2 0z',
    blank: '',
    search: 'M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM16 16l5 5',
    filter: 'M3 6h18M6 12h12M10 18h4',
    light: 'M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.4 1.4M17.6 17.6L19 19M5 19l1.4-1.4M17.6 6.4L19 5',
    dark: 'M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z',
    auto: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 3v18M15 4.5v15M18 6.8v10.4',
    language: 'M3 6h11M8.5 3.5V6M12 6c-1 4.5-4 7.5-8 9M5.5 9c1.5 3 4 5 7 6M12.5 21l4.3-10L21 21M14 18h5.5',
    left: 'M15 5l-7 7 7 7',
    right: 'M9 5l7 7-7 7',
    down: 'M5 9l7 7 7-7',
    up: 'M5 15l7-7 7 7',
    warning: 'M12 4L2.5 20h19zM12 10v4M12 17h.01',
    info: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 11v5M12 8h.01',
    trash: 'M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5',
    restore: 'M4 4v5h5M4.5 9A8.5 8.5 0 1 1 4 14',
    folder: 'M3 6a1 1 0 0 1 1-1h5l2 3h9a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1z',
    upload: 'M12 16V4M7 9l5-5 5 5M4 16v4h16v-4',
    download: 'M12 4v12M7 11l5 5 5-5M4 16v4h16v-4',
    play: 'M7 4.5v15l12-7.5z',
    stop: 'M6 6h12v12H6z',
    copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
    external: 'M14 4h6v6M20 4l-9 9M19 14v6H4V5h6',
    image: 'M4 4h16v16H4zM8.5 10a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3zM4 17l5-5 4 4 3-3 4 4',
    eye: 'M2 12s3.5-7 10-7 10 7 10 7-3.5 7-10 7S2 12 2 12zM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6z',
    keyboard: 'M3 6h18v12H3zM7 10h.01M11 10h.01M15 10h.01M8 14h8',
    zoom: 'M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM16 16l5 5M8 11h6M11 8v6',
    edit: 'M4 20l1-4L16 5l3 3L8 19zM14 7l3 3',
    merge: 'M7 4v5c0 4 5 4 5 8v3M17 4v5c0 4-5 4-5 8M9 17l3 3 3-3',
    clock: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3 2',
    refresh: 'M20 4v5h-5M19.5 9A8.5 8.5 0 1 0 20 14',
    compare: 'M12 3v18M4 6h5v12H4M20 6h-5v12h5',
    terminal: 'M3 5h18v14H3zM7 9l3 3-3 3M12 15h5',
    flag: 'M5 21V4M5 4h13l-3 4.5L18 13H5',
};

/** A line drawing of 20 px, hidden from screen readers: the control that holds it has a name. */
export const icon = name => svg('svg', { class: 'icon', viewBox: '0 0 24 24', 'aria-hidden': 'true', focusable: 'false' }, svg('path', { d: shapes[name] ?? shapes.info }));
