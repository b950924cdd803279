// Names each visible control that has neither words nor an outline where the browser chooses all colours.
() =>
  [...document.querySelectorAll("button, textarea, a[href]")]
    .filter((element) => element.checkVisibility())
    .filter((element) => {
      const isOutlined = [element, element.parentElement]
        .map((one) => getComputedStyle(one))
        .some((style) => style.borderTopStyle !== "none" && parseFloat(style.borderTopWidth) > 0);
      return !isOutlined && !element.innerText.trim() && !element.querySelector("svg");
    })
    .map((element) => element.outerHTML.slice(0, 90))
