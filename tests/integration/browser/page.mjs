/**
 * A report page in headless Chromium: it is opened, searched, sorted and turned over as a person would, looked at by
 * axe-core, and photographed.
 *
 *     node page.mjs OPTIONS        a JSON object:
 *         modules    the folder that has node_modules
 *         chromium   the browser's program
 *         page       the file
 *         search     what is put into the field
 *         thorough   whether axe-core looks at it, too, and windows of several widths are tried
 *         shots      a folder for screenshots, which are then all that is done
 *
 * Writes one line of JSON, whose members the test compares.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const options = JSON.parse(process.argv[2]);
const require = createRequire(join(options.modules, 'package.json'));
const { chromium } = require('playwright-core');
const axe = require.resolve('axe-core/axe.min.js');

const WIDTHS = [360, 768, 1280];
const told = { errors: [], requests: [], axe: [], wide: 0 };

/** What the table shows: its words, and its first row. */
const look = page => page.evaluate(() => ({
  count: document.getElementById('count').textContent,
  rows: document.querySelectorAll('#body tr').length,
  first: Array.from(document.querySelectorAll('#body tr:first-child td'), cell => cell.textContent),
  sorted: Array.from(document.querySelectorAll('th[aria-sort]'),
                     heading => heading.textContent + ' ' + heading.getAttribute('aria-sort')),
}));

/** Milliseconds that the page takes to do something and to draw what came of it. */
const timed = (page, what, argument) => page.evaluate(([code, value]) => {
  const began = performance.now();
  if (code === 'search') {
    const field = document.getElementById('search');
    field.value = value;
    field.dispatchEvent(new Event('input', { bubbles: true }));
  } else {
    document.querySelector(`[data-column="${value}"]`).click();
  }
  document.body.getBoundingClientRect();
  return performance.now() - began;
}, [what, argument]);

async function findFaults(browser, colorScheme) {
  // axe-core comes in from outside the page, which the page's own policy would refuse.
  const context = await browser.newContext({ colorScheme, bypassCSP: true });
  const page = await context.newPage();
  await page.goto(pathToFileURL(options.page).href);
  await page.addScriptTag({ path: axe });
  const { violations } = await page.evaluate(() => window.axe.run({ resultTypes: ['violations'] }));
  for (const { id, nodes } of violations) told.axe.push(`${colorScheme}: ${id}: ${nodes[0].html}`);
  await context.close();
}

/** Pixels by which the page is wider than a window: a reader of a telephone would have to push it to and fro. */
async function measure(browser, width) {
  const page = await browser.newPage({ viewport: { width, height: 900 } });
  await page.goto(pathToFileURL(options.page).href);
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  told.wide = Math.max(told.wide, over);
  await page.close();
}

async function photograph(browser, colorScheme, width) {
  const context = await browser.newContext({ colorScheme, viewport: { width, height: 1000 } });
  const page = await context.newPage();
  await page.goto(pathToFileURL(options.page).href);
  const path = join(options.shots, `report-${width}-${colorScheme}`);
  await page.screenshot({ path: `${path}.png` });
  if (width === Math.max(...WIDTHS)) {
    await page.evaluate(() => document.getElementById('plots').scrollIntoView());
    await page.screenshot({ path: `${path}-plots.png` });
  }
  await context.close();
}

async function use(browser) {
  const context = await browser.newContext();
  const page = await context.newPage();
  page.on('console', message => ['error', 'warning'].includes(message.type()) && told.errors.push(message.text()));
  page.on('pageerror', error => told.errors.push(String(error)));
  page.on('dialog', dialog => { told.errors.push(`a dialog: ${dialog.message()}`); dialog.dismiss(); });
  page.on('request', request => told.requests.push(request.url()));
  const began = performance.now();
  await page.goto(pathToFileURL(options.page).href);
  await page.waitForSelector('#body tr', { state: 'attached' });
  told.openMs = performance.now() - began;
  told.opened = await look(page);
  told.elements = await page.evaluate(() => ({
    scripts: document.scripts.length,
    images: document.images.length,
    handlers: document.querySelectorAll('[onerror], [onload], [onclick], [style], a, iframe').length,
    title: document.title,
    text: document.querySelector('main').innerText,
  }));
  told.searchFirstMs = await timed(page, 'search', 'no such row');
  told.none = await look(page);
  told.searchMs = await timed(page, 'search', options.search);
  told.found = await look(page);
  await timed(page, 'search', '');
  told.sortMs = await timed(page, 'sort', 2);
  told.ascending = await look(page);
  // By the keyboard alone: back from the next page to the heading, and once more.
  await page.focus('#next');
  await page.keyboard.press('Enter');
  told.next = await look(page);
  await page.focus('[data-column="2"]');
  await page.keyboard.press('Enter');
  told.descending = await look(page);
  await page.selectOption('#status', 'FAILED');
  told.failed = await look(page);
  await page.emulateMedia({ media: 'print' });
  told.printed = await page.evaluate(() => ({
    search: getComputedStyle(document.querySelector('.controls')).display,
    table: document.getElementById('table').getBoundingClientRect().height,
  }));
  await context.close();
}

const browser = await chromium.launch({ executablePath: options.chromium, args: ['--no-sandbox'] });
try {
  if (options.shots) {
    for (const scheme of ['light', 'dark'])
      for (const width of WIDTHS) await photograph(browser, scheme, width);
  } else {
    await use(browser);
  }
  if (options.thorough) {
    for (const scheme of ['light', 'dark']) await findFaults(browser, scheme);
    for (const width of WIDTHS) await measure(browser, width);
  }
} finally {
  await browser.close();
}
console.log(JSON.stringify(told));
