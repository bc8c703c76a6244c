// The table of the report page: search, filter, sort, pages. Everything else of the page is there without this script.
// Texts get into the page through textContent alone, so that a name is never read as HTML.
"use strict";
(function () {
  const LINE = 0, STATUS = 1, BYTES = 2, SECONDS = 3, SOURCE = 4, DESTINATION = 5, MESSAGE = 6;
  const byId = (id) => document.getElementById(id);
  const data = JSON.parse(byId("rows-data").textContent);
  const number = new Intl.NumberFormat("en");
  const headings = Array.from(document.querySelectorAll("[data-column]"));

  // From the rows as they are written (page_rows.h) to those of the table. 0 stands for what the row before has, or for
  // the folder and the source's key.
  let bucket = "", message = "";
  const rows = data.rows.map((r) => {
    bucket = r[4] || bucket;
    message = r[7] || message;
    const destination = r[6] || data.folder + r[5];
    return [r[0], data.statuses[r[1]], r[2], r[3], "s3://" + bucket + "/" + r[5],
            "s3://" + data.bucket + "/" + destination, message];
  });
  byId("rows-data").remove();

  // The text that a search looks at, made when it is first needed.
  let texts = null;
  function textOf(i) {
    if (!texts) {
      texts = rows.map((r) =>
        (r[LINE] + "\n" + r[STATUS] + "\n" + r[SOURCE] + "\n" + r[DESTINATION] + "\n" + r[MESSAGE]).toLowerCase());
    }
    return texts[i];
  }

  let order = rows.map((_, i) => i); // all rows, sorted
  let shown = order;                 // of these, the ones that are searched for
  let page = 0, sortedBy = -1, descending = false;

  function compare(a, b) {
    // A value that is not known comes last, whichever way the rows are sorted.
    if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
    const is = a < b ? -1 : a > b ? 1 : 0;
    return descending ? -is : is;
  }

  function sort(column) {
    descending = column === sortedBy && !descending;
    sortedBy = column;
    order.sort((a, b) => compare(rows[a][column], rows[b][column]) || a - b);
    for (const button of headings) {
      const mine = Number(button.dataset.column) === column;
      const heading = button.parentElement;
      if (mine) heading.setAttribute("aria-sort", descending ? "descending" : "ascending");
      else heading.removeAttribute("aria-sort");
    }
    find();
  }

  // Each of the words must be in the row.
  function find() {
    const words = byId("search").value.toLowerCase().split(/\s+/).filter((word) => word);
    const status = byId("status").value;
    shown = words.length === 0 && !status ? order : order.filter((i) =>
      (!status || rows[i][STATUS] === status) && words.every((word) => textOf(i).includes(word)));
    page = 0;
    draw();
  }

  function cell(row, text, kind) {
    const made = document.createElement("td");
    if (kind === "name") {
      const isolated = document.createElement("bdi"); // a name in another direction turns nothing around it
      isolated.textContent = text;
      made.append(isolated);
    } else {
      made.textContent = text;
    }
    if (kind) made.className = kind;
    row.append(made);
  }

  function draw() {
    const size = Number(byId("size").value), pages = Math.max(1, Math.ceil(shown.length / size));
    page = Math.min(Math.max(page, 0), pages - 1);
    const from = page * size, part = shown.slice(from, from + size);
    const body = document.createDocumentFragment();
    for (const i of part) {
      const r = rows[i], row = document.createElement("tr");
      row.dataset.status = r[STATUS];
      cell(row, number.format(r[LINE]), "number");
      cell(row, r[STATUS], "status");
      cell(row, r[BYTES] === null ? "" : number.format(r[BYTES]), "number");
      cell(row, r[SECONDS] === null ? "" : r[SECONDS].toFixed(3), "number");
      cell(row, r[SOURCE], "name");
      cell(row, r[DESTINATION], "name");
      cell(row, r[MESSAGE], "name");
      body.append(row);
    }
    byId("body").replaceChildren(body);
    byId("count").textContent = part.length === 0 ? "No row." :
      "Rows " + number.format(from + 1) + " to " + number.format(from + part.length) + " of " +
      number.format(shown.length) + (shown.length < rows.length ? " that match, of " + number.format(rows.length) : "") +
      ".";
    byId("page").textContent = "Page " + number.format(page + 1) + " of " + number.format(pages);
    byId("first").disabled = byId("previous").disabled = page === 0;
    byId("next").disabled = byId("last").disabled = page === pages - 1;
  }

  function turn(to) {
    page = to;
    draw();
  }

  for (const status of data.statuses.filter((name) => rows.some((r) => r[STATUS] === name))) {
    const option = document.createElement("option");
    option.textContent = option.value = status;
    byId("status").append(option);
  }
  for (const button of headings) button.addEventListener("click", () => sort(Number(button.dataset.column)));
  byId("search").addEventListener("input", find);
  byId("search").form.addEventListener("submit", (event) => event.preventDefault());
  byId("status").addEventListener("change", find);
  byId("size").addEventListener("change", draw);
  byId("first").addEventListener("click", () => turn(0));
  byId("previous").addEventListener("click", () => turn(page - 1));
  byId("next").addEventListener("click", () => turn(page + 1));
  byId("last").addEventListener("click", () => turn(Infinity));
  // On paper all folders are open.
  window.addEventListener("beforeprint", () => {
    for (const folder of document.querySelectorAll("details")) folder.open = true;
  });
  byId("table").hidden = false;
  draw();
  setTimeout(() => rows.length > 0 && textOf(0)); // before the first search, after the first look
})();
