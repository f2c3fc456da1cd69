"use strict";
const chosen = (id) => { const select = document.getElementById(id); return select ? select.value : ""; };
const show = () => {
  const tag = chosen("tag"), model = chosen("model");
  let count = 0;
  for (const figure of document.querySelectorAll(".failure")) {
    const tags = figure.dataset.tags.split(" ");
    figure.hidden = (tag !== "" && !tags.includes(tag)) || (model !== "" && figure.dataset.model !== model);
    count += figure.hidden ? 0 : 1;
  }
  const line = document.getElementById("count");
  if (line) line.textContent = count + " shown";
};
for (const id of ["tag", "model"]) {
  const select = document.getElementById(id);
  if (select) select.addEventListener("change", show);
}
show();
