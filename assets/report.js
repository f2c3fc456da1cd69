"use strict";
for (const steps of document.querySelectorAll(".steps")) {
  const range = steps.querySelector("input");
  const figures = steps.querySelectorAll(".step");
  const show = () => {
    figures.forEach((figure, at) => { figure.hidden = at !== Number(range.value); });
    range.setAttribute("aria-valuetext", figures[Number(range.value)].dataset.value);
  };
  range.addEventListener("input", show);
  show();
}
